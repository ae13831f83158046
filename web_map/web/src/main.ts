import './styles/global.css';
import './styles/dark.css';
import { startLanguage } from './i18n';
import './ui/app-shell';

startLanguage();
