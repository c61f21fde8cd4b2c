/** One statement of an IAM policy. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
export interface Statement {
  /** What it is for. */
  readonly Sid: string;
  /** Allow; Deny is for what a bucket refuses to everybody. */
  readonly Effect: 'Allow' | 'Deny';
  /** Who, in a resource's policy. */
  readonly Principal?: '*' | Readonly<Record<string, string>>;
  /** API actions. */
  readonly Action: readonly string[];
  /** ARNs. */
  readonly Resource: readonly string[];
  /** When. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}
