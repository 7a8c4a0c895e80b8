import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { errorCatalogue } from '../platform/errors/index.js';
import { STATUS_OF } from '../platform/http/index.js';
import '../app.module.js';

// Prints the catalogue of errors as a page. Importing the root declares every module's errors.
const rows = errorCatalogue().map(({ code, kind, meaning }) => `| \`${code}\` | ${STATUS_OF[kind]} | ${meaning} |`);
const page = `# Errors

Bearer callers get an RFC 9457 problem (\`application/problem+json\`) with \`code\`, \`requestId\` and \`retryable\`; \`x-api-key\` callers get
\`{"success": false, "error": {"code", "message", "details?"}}\`. The codes are the same. This page is generated.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}
| \`INTERNAL\` | 500 | Something failed that should not have. The cause is in the server's log under the answer's \`x-request-id\`. |
`;
writeFileSync(process.argv[2] ?? 'docs/errors.md', page);
