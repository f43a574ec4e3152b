import './language.ts';
import { render } from 'preact';
import { App } from './app.tsx';
import './styles/index.css';
import { applyTheme, currentTheme } from './theme.ts';

applyTheme(currentTheme());
const root = document.getElementById('app');
if (root) render(<App />, root);
