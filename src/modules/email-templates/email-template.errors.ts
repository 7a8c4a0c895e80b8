import { defineError, notFound } from '../../platform/errors/index.js';

export const emailTemplateNameTaken = defineError(
  'EMAIL_TEMPLATE_NAME_TAKEN',
  'conflict',
  'The organization has an email template of this name already. Choose another, or change that one.',
);

/** Also the answer for a template of another organization. */
export const emailTemplateNotFound = () => notFound('Email template not found');
