import { Annotations, DefaultTokenResolver, StringConcat, Tokenization } from 'cdktf';
import type { Construct } from 'constructs';

/** Characters of what is known only at apply, at most: by what its reference ends with or names, else a long ARN. */
const unknowns: readonly { readonly reference: RegExp; readonly characters: number }[] = [
  { reference: /\.account_id\}$/, characters: 12 },
  // Ids of EC2 have one length.
  { reference: /aws_(security_group|subnet)\..*\.arn\}$/, characters: 86 },
];
const longArn = 120;

const lengthOf = (reference: string): number =>
  unknowns.find((unknown) => unknown.reference.test(reference))?.characters ?? longArn;

/** Refuses at synth what AWS would refuse in the middle of an apply: `what` has too many characters. */
export function refuseAbove(scope: Construct, limit: number, text: string, what: string): void {
  const resolver = new DefaultTokenResolver(new StringConcat());
  const resolved = Tokenization.resolve(text, { scope, resolver, preparing: false }) as string;
  const { length } = resolved.replace(/\$\{[^}]*\}/g, (reference) => 'x'.repeat(lengthOf(reference)));
  if (length > limit)
    Annotations.of(scope).addError(`${what} must not exceed ${limit} characters, got ${length}`);
}
