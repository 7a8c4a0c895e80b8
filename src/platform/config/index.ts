/** Configuration: one typed, validated object. Only `main.ts` and the tools read `process.env`. */
export { Settings } from './settings.js';
export { InvalidSettings, loadSettings } from './load-settings.js';
