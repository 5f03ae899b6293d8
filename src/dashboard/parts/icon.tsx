/**
 * The pictures beside words: they say nothing that the words do not.
 *
 * @module
 */

const PATHS = {
  add: 'M12 5v14M5 12h14',
  bell: 'M6 17h12l-1.5-2.500V11a4.5 4.5 0 0 0-9 0v3.500zM10 20h4',
  brand:
    'M12 3l7 2.500v5.800c0 4.3-2.9 7.5-7 9.2-4.1-1.7-7-4.9-7-9.200V5.500zM8.8 11.800l2.3 2.3 4.2-4.3',
  certificate:
    'M4 5h16v10h-5M4 5v10h5M8 9h8M12 12.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10.5 18v3.500l1.5-1 1.5 1V18',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.500l3 1.5',
  close: 'M6 6l12 12M18 6L6 18',
  cross: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9 9l6 6M15 9l-6 6',
  deploy: 'M12 15V4M8 8l4-4 4 4M5 14v6h14v-6',
  key: 'M8.5 11a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM11 12l7.5-7.500M15.5 7.500l2.5 2.500M13.5 9.500l1.5 1.5',
  leave: 'M14 5h5v14h-5M4 12h10M10.5 8.500L14 12l-3.5 3.5',
  log: 'M6 4h12v16H6zM9 8h6M9 12h6M9 16h4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  overview: 'M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z',
  question:
    'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9.8 10a2.2 2.2 0 1 1 3.2 2c-.8.4-1 .8-1 1.500M12 16v.2',
  renew: 'M19 12a7 7 0 1 1-2.1-5M19 4v4h-4',
  seal: 'M12 4a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM9 14.500V21l3-1.800L15 21v-6.5',
  search: 'M10.5 5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM15 15l4.5 4.5',
  slash: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.5 6.500l11 11',
  timeline: 'M4 20V4M4 20h16M8 16V12M12 16V7M16 16v-6',
  tick: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM8.5 12.200l2.5 2.5 4.7-5',
  traffic: 'M4 9h14M14 5l4 4-4 4M20 16H6M10 12.500L6 16l4 3.5',
  warning: 'M12 4.500L21 19.500H3zM12 10v4.500M12 17v.2',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
