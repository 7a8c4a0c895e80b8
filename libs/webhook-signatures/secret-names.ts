const SECRET_NAME = /authorization|cookie|token|secret|signature|hmac|password|credential|api[-_]?key/i;

/** Whether a header or query parameter of this name may hold a secret, or proves that somebody has one. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name);
