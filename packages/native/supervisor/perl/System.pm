# The operating system: clocks, signals, waiting, and the few Linux system calls that Perl has no function for.
package Duende::System;
use strict;
use warnings;
use Config;
use Errno ();
use POSIX ();

# Numbers of system calls, from the kernel's asm/unistd_64.h (x86_64) and asm-generic/unistd.h (the newer processors).
my %generic =
  (ppoll => 73, clock_gettime => 113, prctl => 167, recvmsg => 212, execve => 221, wait4 => 260, prlimit64 => 261);
my %numbers = (
  x86_64 => { ppoll => 271, clock_gettime => 228, prctl => 157, recvmsg => 47, execve => 59, wait4 => 61,
    prlimit64 => 302 },
  aarch64     => \%generic,
  riscv64     => \%generic,
  loongarch64 => \%generic,
);

our $linux = $^O eq 'linux';
our ($child_changed, $asked_to_stop) = (0, 0);
my $calls;
my $monotonic;

# Whether the calls above can be made. src/supervisor-command.ts has the same list of processors.
sub has_calls { return defined $calls }

sub use_calls {
  my ($processor) = $Config{archname} =~ /^([^-]+)-/;
  $calls = $numbers{$processor} if $linux && $Config{ptrsize} == 8 && $Config{ivsize} == 8;
}

sub begin {
  my ($portable) = @_;
  use_calls() unless $portable;
  $SIG{PIPE} = 'IGNORE';
  $SIG{CHLD} = sub { $child_changed = 1 };
  $SIG{TERM} = sub { $asked_to_stop = 1 };
  block_signals();
}

# One system call: its arguments are strings, which are given by their address, and numbers. -1 and $! when it fails.
sub call {
  my $name = shift;
  if (!$calls) {
    $! = POSIX::ENOSYS();
    return -1;
  }
  my $number = $calls->{$name};
  return syscall($number, @_);
}

# With ppoll(2) every signal is blocked but during the wait. Without it these two get through all the time.
sub block_signals {
  my $set = POSIX::SigSet->new;
  $set->fillset;
  if (!$calls) { $set->delset($_) for POSIX::SIGCHLD(), POSIX::SIGTERM() }
  POSIX::sigprocmask(POSIX::SIG_SETMASK(), $set);
}

sub block_every_signal {
  my $set = POSIX::SigSet->new;
  $set->fillset;
  POSIX::sigprocmask(POSIX::SIG_SETMASK(), $set);
}

sub clock {
  my ($id) = @_;
  my $time = pack 'qq', 0, 0;
  call('clock_gettime', $id, $time);
  my ($seconds, $nanoseconds) = unpack 'qq', $time;
  return ($seconds, int($nanoseconds / 1000));
}

# Something that no change of the clock moves, in milliseconds.
sub find_monotonic {
  return sub { my ($s, $us) = clock(1); $s * 1000 + int($us / 1000) }
    if $calls;    # CLOCK_MONOTONIC
  my $found = eval {
    require Time::HiRes;
    my $id = Time::HiRes::CLOCK_MONOTONIC();
    Time::HiRes::clock_gettime($id) > 0
      && sub { int(Time::HiRes::clock_gettime($id) * 1000) };
  };
  return $found if $found;
  my $ticks = POSIX::sysconf(POSIX::_SC_CLK_TCK());
  return sub { my ($elapsed) = POSIX::times(); int($elapsed * 1000 / $ticks) };
}

sub now_ms {
  $monotonic ||= find_monotonic();
  return $monotonic->();
}

# Unix time as seconds and microseconds.
sub wall {
  return clock(0) if $calls;    # CLOCK_REALTIME
  my $time = eval { require Time::HiRes; Time::HiRes::time() } || time;
  return (int $time, int(($time - int $time) * 1e6));
}

sub wall_ms {
  my ($seconds, $microseconds) = wall();
  return $seconds * 1000 + int($microseconds / 1000);
}

sub sleep_ms { select undef, undef, undef, $_[0] / 1000 }

# Waits until one of the descriptors can be read or written, a signal comes or the time is over; -1 waits for ever.
# `wanted`: [number, 'r' or 'w'] each. Returns the numbers that are ready as a hash.
sub wait_for {
  my ($wanted, $timeout) = @_;
  return $calls ? wait_by_ppoll($wanted, $timeout) : wait_by_select($wanted, $timeout);
}

sub wait_by_ppoll {
  my ($wanted, $timeout) = @_;
  my $count = @$wanted;
  my $set   = pack '(lss)*', map { ($_->[0], $_->[1] eq 'w' ? 4 : 1, 0) } @$wanted;    # POLLOUT, POLLIN
  my $time  = $timeout < 0 ? 0 : pack 'qq', int($timeout / 1000), ($timeout % 1000) * 1_000_000;
  my $open  = 1 << (POSIX::SIGCHLD() - 1) | 1 << (POSIX::SIGTERM() - 1);
  my $mask  = pack 'Q', ~$open;
  return if call('ppoll', $set, $count, $time, $mask, 8) <= 0;
  my @fields = unpack '(lss)*', $set;
  my %ready;
  for my $at (0 .. $count - 1) { $ready{ $fields[$at * 3] } = 1 if $fields[$at * 3 + 2] }
  return %ready;
}

# A signal that comes between the look at the flags and select(2) would be slept over: so it never sleeps for long.
sub wait_by_select {
  my ($wanted, $timeout) = @_;
  $timeout = 200 if $timeout < 0 || $timeout > 200;
  $timeout = 0   if $child_changed || $asked_to_stop;
  my ($readers, $writers) = ('', '');
  for (@$wanted) { vec($_->[1] eq 'w' ? $writers : $readers, $_->[0], 1) = 1 }
  my $count = select $readers, $writers, undef, $timeout / 1000;
  return if $count <= 0;
  return map { ($_->[0] => 1) } grep { vec($_->[1] eq 'w' ? $writers : $readers, $_->[0], 1) } @$wanted;
}

# A child that has changed, its pid and its status as wait(2) tells it; nothing when there is none. Perl's own $? does not tell of
# stops and continuations, so without the system call these are not asked for.
sub changed_child {
  if (!$calls) {
    my $pid = waitpid -1, POSIX::WNOHANG();
    return $pid > 0 ? ($pid, $?) : ();
  }
  my $status = pack 'i', 0;
  my $pid = call('wait4', -1, $status, POSIX::WNOHANG() | POSIX::WUNTRACED() | 8, 0);    # WCONTINUED
  return $pid > 0 ? ($pid, unpack 'i', $status) : ();
}

# False with $! set when not all of it could be written.
sub write_all {
  my ($file, $data) = @_;
  for (my $at = 0 ; $at < length $data ;) {
    my $done = syswrite $file, $data, length($data) - $at, $at;
    next if !defined $done && $!{EINTR};
    return 0 unless $done;
    $at += $done;
  }
  return 1;
}

# The begin of a small file; undef when it cannot be read.
sub read_text {
  my ($path, $size) = @_;
  open my $file, '<', $path or return undef;
  my $length = sysread $file, my $text, $size || 4096;
  return $length ? $text : undef;
}

# Linux's numbers of the nine signals, which the configuration uses, and their names; the machine's own may differ.
my %names = (1 => 'HUP', 2 => 'INT', 3 => 'QUIT', 9 => 'KILL', 10 => 'USR1', 12 => 'USR2', 15 => 'TERM', 18 => 'CONT',
  19 => 'STOP');
my %own = (
  HUP  => POSIX::SIGHUP(),
  INT  => POSIX::SIGINT(),
  QUIT => POSIX::SIGQUIT(),
  KILL => POSIX::SIGKILL(),
  USR1 => POSIX::SIGUSR1(),
  USR2 => POSIX::SIGUSR2(),
  TERM => POSIX::SIGTERM(),
  CONT => POSIX::SIGCONT(),
  STOP => POSIX::SIGSTOP(),
);
sub signal_number     { return $own{ $_[0] } || 0 }
sub signal_from_linux { return $own{ $names{ $_[0] } || 'TERM' } }

1;
