/** What became of the steps of a job since the checkpoint it is to go on from. */

/** One step, compared. */
export interface PlanChange {
  readonly step: string;
  /** `missing`: the checkpoint has it, the plan does not. `changed`: its state is not of the form this step keeps. */
  readonly change: 'kept' | 'migrated' | 'added' | 'renamed' | 'dropped' | 'missing' | 'changed';
  /** For people: from which version to which, what differs. */
  readonly detail: string;
}
