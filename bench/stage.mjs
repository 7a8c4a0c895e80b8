// What is measured takes place on a stage: a database cluster, a load client and servers, which come up one by one and go all together.
import { newDirectory, openCluster, removeDirectory } from './cluster.mjs';
import { startLoadClient } from './load.mjs';

/**
 * @template Result
 * @param {(stage: {directory: string, cluster: any, client: any, up: (starting: Promise<any>) => Promise<any>}) => Promise<Result>} perform
 *   `up` waits for a server and takes it down at the end
 * @param {(directory: string) => Promise<any>} [open] opens the cluster
 * @returns {Promise<Result>}
 */
export async function onStage(perform, open = openCluster) {
  const directory = newDirectory();
  const leaving = [() => removeDirectory(directory)];
  const leave = async () => {
    while (leaving.length > 0) await Promise.resolve(leaving.pop()());
  };
  const interrupt = () => void leave().finally(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const cluster = await open(directory);
    leaving.push(cluster.close);
    const client = startLoadClient();
    leaving.push(client.close);
    const up = async (starting) => {
      const server = await starting;
      leaving.push(server.stop);
      return server;
    };
    return await perform({ directory, cluster, client, up });
  } finally {
    await leave();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
