/**
 * The dashboard begins here.
 *
 * @module
 */
import { render } from 'preact';
import { App } from './app.tsx';
import { startRouter } from './router.tsx';
import './styles/index.css';
import { startTheme } from './theme.ts';

startTheme();
startRouter();
const root = document.querySelector('#app');
if (root !== null) render(<App />, root);
