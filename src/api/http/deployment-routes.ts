/**
 * The resource of bringing a certificate to its targets.
 *
 * @module
 */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { id } from '../leaves.ts';
import { startJob } from './certificate-routes.ts';
import { type Route, route } from './route.ts';
import * as schemas from './schemas.ts';

export const DEPLOYMENT_ROUTES: readonly Route[] = [
  route(
    {
      method: 'POST',
      path: '/v1/certificates/{id}/deploy',
      id: 'deployCertificate',
      summary:
        'Bring it to its targets now, whether they have it or not. The result of the job has ' +
        'each attempt: what failed is tried again later.',
      tag: 'certificates',
      access: 'deploy',
      params: z.strictObject({ id }),
      body: z.strictObject({
        target: z
          .string()
          .min(1)
          .max(300)
          .optional()
          .describe('This one only, also when it is none of its targets.'),
      }),
      status: 202,
      answer: schemas.job,
      idempotency: 'kept',
      errors: ['certificate/not-found', 'target/unknown', 'input/invalid'],
    },
    (call) => {
      const body = { name: '', id: call.params.id, ...call.body };
      return startJob(call, 'deploy', async (report) => {
        const attempts = await call.operations.deploy(body, report, call.signal);
        if (attempts.length > 0) return attempts;
        throw new AppError('input/invalid', 'the certificate has no targets', {
          mend: 'Name one as target, or add targets: to the certificate in the configuration.',
        });
      });
    },
  ),
];
