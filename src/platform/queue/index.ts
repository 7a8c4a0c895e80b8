/** The job queue. It is a doorbell: emptying it loses nothing. */
export { QUEUE_SCHEMA, QueueModule } from './queue.module.js';
export { QUEUES, WORKER_OPTIONS } from './queues.js';
