import type { Group, GroupState, Member } from '../../../src/functions/scaling/group';

/** A member of a played group. */
export const member = (id: string, fields: Partial<Member> = {}): Member => ({
  id,
  zone: 'eu-central-1a',
  state: 'in-service',
  isProtected: false,
  ...fields,
});

/** AWS's refusal of a call. */
export const refusal = (name: string): Error => Object.assign(new Error('not now'), { name });

/** A group that remembers what it was told, and can be changed by others between two calls. */
export class PlayedGroup implements Group {
  /** Every call, in order. */
  readonly calls: string[] = [];
  /** What happens before a read, by its number from 1 on. */
  readonly beforeRead = new Map<number, () => void>();
  /** What a call throws, by its words. */
  readonly failures = new Map<string, Error>();
  private reads = 0;

  constructor(public state: GroupState | undefined) {}

  /** Sets the size from outside. */
  setSize(size: Partial<GroupState['size']>): void {
    if (this.state !== undefined) this.state = { ...this.state, size: { ...this.state.size, ...size } };
  }

  /** Changes a member from outside. */
  setMember(id: string, fields: Partial<Member>): void {
    if (this.state === undefined) return;
    const members = this.state.members.map((one) => (one.id === id ? { ...one, ...fields } : one));
    this.state = { ...this.state, members };
  }

  /** @inheritdoc */
  read(): Promise<GroupState | undefined> {
    this.beforeRead.get((this.reads += 1))?.();
    return this.call('read', () => this.state);
  }

  /** @inheritdoc */
  resize(desired: number): Promise<unknown> {
    return this.call(`resize ${desired}`, () => this.setSize({ desired }));
  }

  /** @inheritdoc */
  end(instanceId: string): Promise<unknown> {
    return this.call(`end ${instanceId}`, () => {
      const isInService = this.state?.members.some(
        ({ id, state }) => id === instanceId && state === 'in-service',
      );
      if (isInService !== true) throw refusal('ScalingActivityInProgressFault');
      this.setMember(instanceId, { state: 'draining' });
      this.setSize({ desired: (this.state?.size.desired ?? 0) - 1 });
    });
  }

  private async call<Answer>(words: string, answer: () => Answer): Promise<Answer> {
    this.calls.push(words);
    await Promise.resolve();
    const failure = this.failures.get(words);
    if (failure !== undefined) throw failure;
    return answer();
  }
}
