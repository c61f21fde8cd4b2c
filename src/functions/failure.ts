/** What is known of an error. Not `instanceof`: a test runner has errors of more than one realm. */
export interface Failure {
  /** Its class, or AWS's name of it. */
  readonly name: string;
  /** What it says. */
  readonly message: string;
  /** The operating system's name of it, such as `ECONNREFUSED`. */
  readonly code: string | undefined;
}

/** What is known of whatever was thrown. */
export function failureOf(error: unknown): Failure {
  const { name = 'Error', message = String(error), code } = Object(error) as Partial<Record<string, string>>;
  return { name, message, code };
}
