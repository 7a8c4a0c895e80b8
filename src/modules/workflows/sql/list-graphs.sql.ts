import type { Statement } from '../../../platform/database/index.js';

/** Orders of the list, by what clients call them. */
export const GRAPH_SORTS = {
  created_at: 'w.id',
  name: 'lower(w.name)',
  updated_at: 'w.updated_at',
  last_execution_at: 'last.created_at',
} as const;
export type GraphSort = keyof typeof GRAPH_SORTS;

/** Executions are counted up to this many. */
export const MOST_COUNTED = 10_000;

/**
 * A page of an organization's workflows with how often and when each has run, and how many there are in all. The sort is one of ours, so that it
 * can be part of the text. The page is cut before executions are counted; index use: workflows_pkey, one probe of runs_by_workflow a workflow
 * for the last run, and for the count one range of it a workflow of the page.
 */
export const listGraphs = (sort: GraphSort, order: 'asc' | 'desc'): Statement => ({
  name: `list_graphs_${sort}_${order}`,
  text: `
with page as (
  select w.organization_id, w.id, w.name, w.description, w.status, w.version, w.version_id, w.trigger, w.created_at, w.updated_at,
    last.created_at as last_run_at, count(*) over ()::int as total,
    row_number() over (order by ${GRAPH_SORTS[sort]} ${order} nulls last, w.id ${order}) as place
  from workflows w
  left join lateral (
    select r.created_at from runs r where r.organization_id = w.organization_id and r.workflow_id = w.id order by r.id desc limit 1
  ) last on true
  where w.organization_id = $1 and w.status <> 'archived'
    and ($2::uuid[] is null or w.id = any ($2)) and ($3::text is null or w.name ilike $3)
  order by place limit $4 offset $5
)
select page.id, page.name, page.description, page.status, page.version, page.trigger, page.created_at, page.updated_at, page.last_run_at,
  page.total, v.definition -> 'graph' -> 'variables' as variables, v.definition -> 'graph' ->> 'color' as color,
  (select count(*)::int from (
    select 1 from runs r where r.organization_id = page.organization_id and r.workflow_id = page.id limit ${MOST_COUNTED}
  ) counted) as run_count
from page join workflow_versions v on v.organization_id = page.organization_id and v.id = page.version_id
order by page.place`,
});
