/** Anything that runs SQL on the database, such as a test bed. */
interface Database {
  sql<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

/**
 * The tables, those of the queue included, that hold the text in any column of any row: what somebody who steals the database would find.
 */
export async function tablesHolding(database: Database, text: string): Promise<string[]> {
  const tables = await database.sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const holding: string[] = [];
  for (const { name } of tables) {
    const found = await database.sql(`select 1 from ${name} t where strpos(t::text, $1) > 0 limit 1`, [text]);
    if (found.length > 0) holding.push(name);
  }
  return holding;
}
