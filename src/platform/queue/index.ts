/** The job queue. It is a doorbell: emptying it loses nothing. */
export { QUEUE_SCHEMA, QueueModule } from './queue.module.js';
export { JOB_OPTIONS, QUEUES, WORKER_OPTIONS } from './queues.js';
