/** Who may import whom (docs/architecture.md). Each rule says what breaks without it. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

export default {
  forbidden: [
    forbid(
      'no-cycles',
      'A cycle means two files are one thought, and Nest then needs forwardRef.',
      {},
      { circular: true },
    ),
    forbid(
      'libs-are-pure',
      'libs/ is plain TypeScript that any process can use; with a framework or a database in it, it could be tested only with them.',
      { path: '^libs/' },
      { path: ['^(src|test|bench)/', 'node_modules/(@nestjs|typeorm|bullmq|pg|express)/'] },
    ),
    forbid(
      'platform-knows-no-feature',
      'Every feature stands on the platform; if it knew one, every change there would be a change of all.',
      { path: '^src/platform/' },
      { path: '^src/(modules|dialects|blocks|connectors|bootstrap|app\\.module|entities|main)' },
    ),
    forbid(
      'modules-by-front-door',
      'What a module keeps for itself can change without asking others only if nobody reaches past its index.ts.',
      { path: '^src/modules/([^/]+)/' },
      { path: '^src/modules/[^/]+/', pathNot: ['^src/modules/$1/', '^src/modules/[^/]+/index\\.ts$'] },
    ),
    forbid(
      'root-by-front-door',
      'The root is a reader of front doors like any other.',
      { path: '^src/(?!modules/)' },
      { path: '^src/modules/[^/]+/', pathNot: '^src/modules/[^/]+/index\\.ts$' },
    ),
    forbid(
      'not-through-the-own-front-door',
      'A file that imports its own index.ts makes a cycle as soon as the index exports it.',
      { path: '^src/modules/([^/]+)/', pathNot: 'index\\.ts$' },
      { path: '^src/modules/$1/index\\.ts$' },
    ),
    forbid(
      'modules-in-order',
      'Runs know workflows, workflows know auth, never the other way round: that is what keeps each of them small.',
      { path: '^src/modules/(organizations|auth|rate-limit|workflows)/' },
      { path: '^src/modules/(runs|schedules|webhooks|admin|artifacts|connections|platform-api)/' },
    ),
    forbid(
      'agents-stand-below',
      'Workflows and runs ask agents; an agent that knew runs could not be asked without one.',
      { path: '^src/modules/agents/' },
      { path: '^src/modules/(?!agents/|auth/|organizations/)' },
    ),
    forbid(
      'schedules-stand-on-runs',
      'A schedule is one more caller that starts runs; a run that knew schedules could not be started without them.',
      { path: '^src/modules/runs/' },
      { path: '^src/modules/(schedules|webhooks|admin|artifacts|connections|platform-api)/' },
    ),
    forbid(
      'auth-stands-below',
      'Everything asks who is calling; auth itself asks nobody but organizations.',
      { path: '^src/modules/(organizations|auth)/' },
      { path: '^src/modules/(rate-limit|workflows|agents|connections)/' },
    ),
    forbid(
      'only-the-root-knows-blocks',
      'Workflows validate and runs execute through the registry. A feature that names a block type is a switch that grows.',
      { path: '^src/', pathNot: '^src/(app\\.module|blocks/)' },
      { path: '^src/blocks/' },
    ),
    forbid(
      'blocks-know-no-module',
      'A block is configuration in, outcome out; what it needs of the server comes through its constructor.',
      { path: '^src/blocks/' },
      { path: '^src/(modules|dialects|bootstrap)/' },
    ),
    forbid(
      'only-the-root-knows-dialects',
      'A dialect is one more way in: the rooms below know nothing of it, and no dialect stands on another.',
      { path: '^src/', pathNot: '^src/(app\\.module|bootstrap/|dialects/)' },
      { path: '^src/dialects/' },
    ),
    forbid(
      'dialects-know-no-other',
      'What two dialects share belongs to a module.',
      { path: '^src/dialects/([^/]+)/' },
      { path: ['^src/(blocks|connectors|bootstrap)/', '^src/dialects/'], pathNot: '^src/dialects/$1/' },
    ),
    forbid(
      'only-the-root-knows-connectors',
      'Steps, connections and the API reach connectors through the registry. Whoever names one is a switch that grows.',
      { path: '^src/', pathNot: '^src/(app\\.module|connectors/)' },
      { path: '^src/connectors/' },
    ),
    forbid(
      'connectors-know-no-other',
      'A connector is a folder that can be taken away: what two of them share belongs to a lib or the platform.',
      { path: '^src/connectors/([^/]+)/' },
      { path: ['^src/(modules|dialects|bootstrap|blocks)/', '^src/connectors/'], pathNot: '^src/connectors/$1/' },
    ),
    forbid(
      'no-tests-in-the-product',
      'Test code must not run in production.',
      { path: '^(src|libs)/', pathNot: '\\.spec\\.ts$' },
      { path: '^test/|\\.spec\\.ts$|node_modules/vitest' },
    ),
    forbid(
      'no-dev-dependencies-in-the-product',
      'The image has no dev dependencies.',
      {
        path: '^(src|libs)/',
        pathNot: [
          '\\.spec\\.ts$',
          '^src/tools/',
          '^libs/(block|connector)-kit/conformance',
          '^libs/json-schema/source-loader',
        ],
      },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
    },
  },
};
