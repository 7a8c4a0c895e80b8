/** Anything that runs SQL on the database. */
type Sql = <Row extends object>(text: string, values?: unknown[]) => Promise<Row[]>;

/**
 * The tables, those of the queue included, that hold the text in any column of any row: what somebody who steals the database would find.
 */
export async function tablesHolding(sql: Sql, text: string): Promise<string[]> {
  const tables = await sql<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const holding: string[] = [];
  for (const { name } of tables) {
    const found = await sql(`select 1 from ${name} t where strpos(t::text, $1) > 0 limit 1`, [text]);
    if (found.length > 0) holding.push(name);
  }
  return holding;
}
