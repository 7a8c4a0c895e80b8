/** `/health/live` and `/health/ready`, for orchestrators. Needs the global database. */
export { HealthModule } from './health.module.js';
