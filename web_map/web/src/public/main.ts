import './public.css';
import { startLanguage } from './words';
import './ui/public-app';

startLanguage();
