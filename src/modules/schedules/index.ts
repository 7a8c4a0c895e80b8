/**
 * Schedules: workflows that start by themselves. Words: a *schedule* is what the trigger of a workflow's current version says; its *next run*
 * is a time; *firing* starts the run of a time, exactly once; the *bell* says that a time has come. The rows are kept in the transactions
 * that change workflows ({@link KeepSchedule}), and nobody calls this room: it starts runs on its own.
 */
export { ScheduleEntity } from './schedule.entity.js';
export { SchedulesModule } from './schedules.module.js';
