/**
 * Organizations: whose data it is. Words: an *organization* owns everything; a *user* is a person or a service account; a *membership*
 * gives a user a role in an organization.
 * Called by the bootstrap, which makes the first of each, and by rooms that read an organization's settings.
 */
export { OrganizationsModule } from './organizations.module.js';
export { Organizations, type NewOrganization, type OrganizationChange, type Owner } from './organizations.js';
export { MembershipEntity, OrganizationEntity, UserEntity } from './organization.entity.js';
export type { OrganizationSettings, Plan, Role } from './organization.entity.js';
