/**
 * Constructs the notifiers that the configuration names.
 *
 * @module
 */
import type { NotifySettings } from '../config/resolve-notify.ts';
import type { Clock } from '../core/clock.ts';
import type { Receiver } from '../lifecycle/delivery/deliver.ts';
import { createCommandNotifier } from '../notify/command/notifier.ts';
import { createEmailNotifier } from '../notify/email/notifier.ts';
import type { DigestNotifier, Notifier } from '../notify/notifier.ts';
import { createWebhookNotifier } from '../notify/webhook/notifier.ts';

export function createReceivers(notify: readonly NotifySettings[], clock: Clock): Receiver[] {
  return notify.map(({ subscription, channel }) => ({
    subscription,
    notifier: createNotifier(channel, clock),
  }));
}

export function createNotifier(
  channel: NotifySettings['channel'],
  clock: Clock,
): Notifier | DigestNotifier {
  switch (channel.type) {
    case 'webhook':
      return createWebhookNotifier(channel, clock);
    case 'email':
      return createEmailNotifier(channel);
    case 'command':
      return createCommandNotifier(channel);
  }
}
