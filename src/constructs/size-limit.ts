import { Annotations } from 'cdktf';
import type { Construct } from 'constructs';

/** Characters of what is known only at apply, at most: an ARN with a long name. */
const unknown = 'x'.repeat(120);

/** Refuses at synth what AWS would refuse in the middle of an apply: `what` has too many characters. */
export function refuseAbove(scope: Construct, limit: number, text: string, what: string): void {
  const { length } = text.replace(/\$\{TfToken\[[^\]]*\]\}/g, unknown);
  if (length > limit)
    Annotations.of(scope).addError(`${what} must not exceed ${limit} characters, got ${length}`);
}
