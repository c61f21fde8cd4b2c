import { AutoscalingSchedule } from '@cdktf/provider-aws/lib/autoscaling-schedule';
import { Construct } from 'constructs';

/** Changes of a group's size by the calendar. */
export interface GroupSchedulesProps {
  /** Name of the group. */
  readonly groupName: string;
  /** The changes, by name. */
  readonly schedules: Readonly<Record<string, GroupSchedule>>;
}

/** One of them; what it leaves out stays as it is. */
export interface GroupSchedule {
  /** When, as a cron expression of five fields. */
  readonly cron: string;
  /** Time zone of the expression. */
  readonly timezone: string;
  /** Fewest instances from then on. */
  readonly min?: number | undefined;
  /** Most instances from then on. */
  readonly max?: number | undefined;
  /** Instances at that moment. */
  readonly desired?: number | undefined;
}

/** What AWS takes for "as it is". */
const unchanged = -1;

/** Scheduled actions of a group. @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html */
export class GroupSchedules extends Construct {
  constructor(scope: Construct, id: string, { groupName, schedules }: GroupSchedulesProps) {
    super(scope, id);
    for (const [name, { cron, timezone, min, max, desired }] of Object.entries(schedules))
      new AutoscalingSchedule(this, name, {
        autoscalingGroupName: groupName,
        scheduledActionName: name,
        recurrence: cron,
        timeZone: timezone,
        minSize: min ?? unchanged,
        maxSize: max ?? unchanged,
        desiredCapacity: desired ?? unchanged,
      });
  }
}
