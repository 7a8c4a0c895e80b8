/**
 * The native API from within: steps of type `platform_api` list, read and change agents, workflows and runs through the same use cases as requests do.
 * Their *caller* is the API key that started the run, as it is at that moment. Steps reach this room through the port `PlatformApi`.
 */
export { PlatformApiModule } from './platform-api.module.js';
