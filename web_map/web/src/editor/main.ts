import '../styles/global.css';
import './editor.css';
import { startLanguage } from '../i18n';
import './ui/editor-shell';

startLanguage();
