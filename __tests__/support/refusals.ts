import { minimal, refusals, withImage, withValue, type GroupInput } from './environments';

/** Tables of refusals: broken environments, made from the smallest one. */

/** What is broken, and each message behind `environments/dev.ts: `. */
export type Case = [title: string, input: unknown, ...messages: string[]];

/** The smallest environment with a value at a path; `undefined` takes it away. */
export const put = (path: string, value: unknown, base: object = minimal()) => withValue(base, path, value);
/** The same, from its fleet on. */
export const putFleet = (path: string, value: unknown) => put(`${fleet}.${path}`, value);
/** The same, from its runner on. */
export const putRunner = (path: string, value: unknown) => put(`${runner}.${path}`, value);
/** The same with an image, from the image on. */
export const putImage = (path: string, value: unknown) => put(`images.base.${path}`, value, withImage());

/** A fleet. */
export const linux = () => minimal().fleets.linux as GroupInput;
/** A long name. */
export const long = (length: number) => 'a'.repeat(length);

/** Path of the fleet. */
export const fleet = 'fleets.linux';
/** Path of the runner. */
export const runner = 'fleets.linux.runners.default';

/** One test for each case. */
export function rejects(what: string, cases: readonly Case[]): void {
  describe(`rejects ${what}`, () => {
    test.each(cases.map(([title, input, ...messages]) => ({ title, input, messages })))(
      '$title',
      ({ input, messages }) => {
        expect(refusals(input)).toEqual(messages.map((message) => `environments/dev.ts: ${message}`));
      },
    );
  });
}
