/** Side output of every step with windows, for records that came too late. */
export const LATE = 'late';
