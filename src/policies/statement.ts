/** One statement of an IAM policy. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface Statement {
  /** What it is for. */
  readonly Sid: string;
  /** Always Allow: nothing here denies. */
  readonly Effect: 'Allow';
  /** Who, in a resource's policy. */
  readonly Principal?: '*' | Readonly<Record<string, string>>;
  /** API actions. */
  readonly Action: readonly string[];
  /** ARNs. */
  readonly Resource: readonly string[];
  /** When. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The policy of these statements, as JSON. */
export const policyDocument = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

/** Lets a service of AWS assume a role. */
export const assumedBy = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
