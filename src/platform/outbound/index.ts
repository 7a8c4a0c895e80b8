/** Requests and connections to addresses that users write, within the operator's networks and ports. The only way out of the server. */
export { OutboundHttp } from './outbound-http.js';
export { OutboundMailSockets } from './outbound-mail-sockets.js';
