/**
 * Administration: what the administrator of an organization sees and sets. A room of its own, since the organizations' room stands below
 * the one that knows who is calling.
 */
export { AdminModule } from './admin.module.js';
