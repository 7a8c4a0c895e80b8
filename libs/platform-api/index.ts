/**
 * The server's own API, as steps call it: the same operations on the same organization, with what the API key of the run may do. Words: a *resource*
 * is a kind of thing, an *operation* what is done to it.
 */
export {
  needsId,
  PLATFORM_OPERATIONS,
  PLATFORM_RESOURCES,
  PlatformApi,
  type PlatformAnswer,
  type PlatformRefusal,
  type PlatformRequest,
  type PlatformResource,
} from './platform-api.js';
