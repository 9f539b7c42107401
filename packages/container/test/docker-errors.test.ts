import { describe, expect, test } from 'vitest';
import { connectionError, responseError } from '../src/docker/errors.ts';
import { EngineError } from '../src/engine/engine-error.ts';

/** As Docker and Podman have them on the wire. */
const docker = (message: string): string => JSON.stringify({ message });
const podman = (message: string, cause: string, response: number): string =>
  JSON.stringify({ cause, message, response });

describe('what engines answer', () => {
  test.each<[string, number, string, EngineError['kind']]>([
    ['20.10: no image', 404, docker('No such image: nosuch:latest'), 'no-image'],
    [
      '20.10: no tag',
      404,
      docker('manifest for busybox:no not found: manifest unknown: manifest unknown'),
      'no-image',
    ],
    ['28: no container', 404, docker('No such container: duende-web'), 'not-found'],
    [
      '28: no rights at the registry',
      404,
      docker("pull access denied for nosuch, repository does not exist or may require 'docker login'"),
      'not-found',
    ],
    [
      '20.10: name taken',
      409,
      docker(
        'Conflict. The container name "/duende-web" is already in use by container "3ac1". You have to remove (or rename) that container to be able to reuse that name.',
      ),
      'conflict',
    ],
    [
      '28: being removed already',
      409,
      docker('removal of container 3ac1 is already in progress'),
      'conflict',
    ],
    [
      '20.10: kill of what has ended',
      409,
      docker('Cannot kill container: 3ac1: Container 3ac1 is not running'),
      'not-running',
    ],
    [
      '28: kill of what has ended',
      409,
      docker('cannot kill container: 3ac1: container 3ac1 is not running'),
      'not-running',
    ],
    ['28: paused twice', 409, docker('Container 3ac1 is already paused'), 'not-running'],
    ['20.10: unpaused twice', 500, docker('Container 3ac1 is not paused'), 'not-running'],
    ['28: disk full', 500, docker('write /var/lib/docker/tmp/x: no space left on device'), 'full'],
    [
      '28: bad mount',
      400,
      docker('invalid mount config for type "bind": bind source path does not exist: /nosuch'),
      'invalid',
    ],
    ['a plugin says no', 403, docker('authorization denied by plugin x'), 'denied'],
    [
      '20.10: port taken, which is no name',
      500,
      docker(
        'driver failed programming external connectivity on endpoint duende-web: Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use',
      ),
      'engine',
    ],
    [
      'Podman 4.3: no image',
      404,
      podman('failed to find image nosuch: nosuch: No such image', 'No such image', 404),
      'no-image',
    ],
    ['Podman 5: no image', 500, podman('nosuch: image not known', 'image not known', 500), 'no-image'],
    [
      'Podman 5: no container',
      404,
      podman('no container with name or ID "duende-web" found: no such container', 'no such container', 404),
      'not-found',
    ],
    [
      'Podman 4.3: name taken',
      500,
      podman(
        'creating container storage: the container name "duende-web" is already in use by 3ac1. You have to remove that container to be able to reuse that name: that name is already in use',
        'that name is already in use',
        500,
      ),
      'conflict',
    ],
    [
      'Podman 5: kill of what has ended',
      409,
      podman(
        'can only kill running containers. 3ac1 is in state exited: container state improper',
        'container state improper',
        409,
      ),
      'not-running',
    ],
    [
      'Podman 5: started while it is removed',
      500,
      podman(
        'unable to start container "3ac1": must be in Created or Stopped state to be started: container state improper',
        'container state improper',
        500,
      ),
      'not-running',
    ],
    [
      'Podman 4.3: paused when it does not run',
      500,
      podman(
        '"3ac1" is not running, can\'t pause: container state improper',
        'container state improper',
        500,
      ),
      'not-running',
    ],
    ['Podman 5: quota', 500, podman('writing blob: disk quota exceeded', 'disk quota exceeded', 500), 'full'],
    ['already as asked', 304, '', 'not-running'],
    ['not known here', 418, docker('teapot'), 'engine'],
  ])('%s', (_, status, body, kind) => {
    const error = responseError(status, body);
    expect(error).toBeInstanceOf(EngineError);
    expect(error.kind).toBe(kind);
  });

  test.each([
    ['its own words', docker('No such image: a'), 'No such image: a'],
    ['of several lines one', docker(' one\n  two\r\n\nthree \n'), 'one two three'],
    ['no JSON', '404 page not found\n', '404 page not found'],
    ['JSON without a message', '{"a":1}', '{"a":1}'],
    ['nothing', '', 'status 404'],
    ['an empty message', docker(''), 'status 404'],
  ])('the message: %s', (_, body, message) => {
    expect(responseError(404, body).message).toBe(message);
  });

  test('a page of megabytes is cut', () => {
    expect(responseError(500, 'x'.repeat(1_000_000)).message).toHaveLength(500);
  });
});

describe('no answer', () => {
  const failed = (code: string, name = 'Error') => Object.assign(new Error('words'), { code, name });

  test.each<[string, EngineError['kind'], RegExp]>([
    ['EACCES', 'denied', /permission denied on unix:\/\/\/x/],
    ['EPERM', 'denied', /permission denied/],
    ['ENOENT', 'unreachable', /there is no unix:\/\/\/x/],
    ['ECONNREFUSED', 'unreachable', /nothing answers at unix:\/\/\/x/],
    ['ECONNRESET', 'unreachable', /broke: words/],
    ['UND_ERR_SOCKET', 'unreachable', /broke: words/],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', /no answer from/],
    ['ETIMEDOUT', 'timeout', /no answer from/],
  ])('%s', (code, kind, message) => {
    const cause = failed(code);
    expect(connectionError(cause, 'unix:///x')).toMatchObject({
      kind,
      message: expect.stringMatching(message),
      cause,
    });
  });

  test('of several addresses the first tells', () => {
    const cause = Object.assign(new AggregateError([failed('ECONNREFUSED')]), { code: undefined });
    expect(connectionError(cause, 'tcp://localhost:1').kind).toBe('unreachable');
    expect(connectionError(cause, 'tcp://localhost:1').message).toMatch(/nothing answers/);
  });

  test('given up by whoever asked; and what is an EngineError already stays itself', () => {
    expect(connectionError(failed('ABORT_ERR', 'AbortError'), 'x').kind).toBe('timeout');
    const known = new EngineError('full', 'x');
    expect(connectionError(known, 'x')).toBe(known);
  });
});
