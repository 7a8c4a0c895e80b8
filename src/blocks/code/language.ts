import type { CodeLanguage } from '#libs/sandbox';

/** A text up to its end, or where it has none up to that of its line or of all: whatever follows, each character is read once. */
const TEXTS =
  /"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*(?:"|$|(?=\n)|\\$)|'(?:\\.|[^'\\\n])*(?:'|$|(?=\n)|\\$)/g;
/** A definition, a block, an import or a comment as only Python writes them. */
const PYTHON =
  /^[ \t]*(?:def \w+ ?\(|(?:if|elif|else|for|while|try|except|with)\b.*:[ \t]*(?:#.*)?$|from [\w.]+ import\b|import [\w.]+[ \t]*$|#[ !]?)/m;
/** A declaration, a comment, an operator, a block or the console as only JavaScript writes them. */
const JAVASCRIPT =
  /^[ \t]*(?:(?:const|let|var)[ \t]+[\w$[{]|(?:async[ \t]+)?function\b|return\b.*;[ \t]*$|\/[/*])|=>|[=!]==|&&|\|\||\)[ \t]*\{[ \t]*$|\b(?:new|typeof) [\w$]|\bconsole\.|`/m;

/** The language of code that does not name it: Python, unless something in it outside of texts is JavaScript's and nothing is Python's. */
export function languageOf(code: string): CodeLanguage {
  const bare = code.replaceAll(TEXTS, '""');
  return JAVASCRIPT.test(bare) && !PYTHON.test(bare) ? 'javascript' : 'python';
}
