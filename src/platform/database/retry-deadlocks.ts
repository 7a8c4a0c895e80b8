const DEADLOCK = '40P01';
/** The victim of a deadlock has waited for a second already, and whoever was in its way goes on meanwhile. */
const TRIES = 5;

/**
 * Does work that locks many rows again when it was the victim of a deadlock.
 * @param work atomic: one statement, or one transaction
 */
export async function retryDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== DEADLOCK || tries === TRIES) throw error;
    }
  }
}
