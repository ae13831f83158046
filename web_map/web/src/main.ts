import './styles/global.css';
import { startLanguage } from './i18n';
import './ui/app-shell';

startLanguage();
