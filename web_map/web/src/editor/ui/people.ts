export const PEOPLE_ROLES = ['leader', 'worker', 'liaison'] as const;
