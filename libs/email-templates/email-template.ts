import type { JsonObject } from '#libs/json-guard';
import { compileHtmlTemplate, compileTemplate, ROOTS, type Scope, type Template } from '#libs/templates';

/** A template as its author wrote it. At least one of `html` and `text` is not null. */
export interface EmailTemplateTexts {
  subject: string;
  html: string | null;
  text: string | null;
}

/** What a template became. */
export interface EmailTexts {
  subject: string;
  html: string | null;
  text: string | null;
}

export interface CompiledEmailTemplate {
  /**
   * @param scope of the step
   * @param variables each is `variables.<name>` in the template, over the workflow's own, and `<name>` where that is no root of templates
   * @throws TemplateError
   */
  render(scope: Scope, variables: JsonObject): EmailTexts;
}

/** @throws TemplateError with `subject`, `html` or `text` as its path, and a position */
export function compileEmailTemplate({ subject, html, text }: EmailTemplateTexts): CompiledEmailTemplate {
  const subjectTemplate = compileTemplate(subject, ['subject']);
  const htmlTemplate = html === null ? null : compileHtmlTemplate(html, ['html']);
  const textTemplate = text === null ? null : compileTemplate(text, ['text']);
  return {
    render: (scope, variables) => {
      const own = scopeWith(scope, variables);
      const resolve = (template: Template | null) => (template === null ? null : asText(template.resolve(own)));
      return {
        subject: asText(subjectTemplate.resolve(own)),
        html: resolve(htmlTemplate),
        text: resolve(textTemplate),
      };
    },
  };
}

function scopeWith(scope: Scope, variables: JsonObject): Scope {
  const names = Object.entries(variables).filter(([name]) => !ROOTS.has(name));
  return {
    ...scope,
    variables: { ...scope.variables, ...variables },
    names: { ...scope.names, ...Object.fromEntries(names) },
  };
}

/** A lone placeholder keeps the type of its value, and a message has texts only. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : JSON.stringify(value);
}

/** Where the templates of organizations are kept. */
export abstract class EmailTemplates {
  /**
   * The template as it is now.
   * @param reference its id in either form, or its name
   */
  abstract find(organizationId: string, reference: string): Promise<EmailTemplateTexts | null>;
}
