# Between launchd and the supervisor's code: one run a job, and the end that launchd is to see.
package Duende::Job;
use strict;
use warnings;
use POSIX ();

our $policy = 'never';
my ($throttle, $launchctl, $target) = (10, '', '');
my $asked_by_launchd = 0;

sub begin { ($policy, $throttle, $launchctl, $target) = @_ }

# A stop that was asked for, or a start that failed, and launchd has started the job once more: nothing is run. Where whoever
# stopped it was killed before the bootout, the job takes itself out of launchd.
sub leave_if_unwanted {
  my $answer = Duende::System::read_text('answer') || '';
  POSIX::_exit(78) if $answer =~ /^error/;
  return unless -e 'stopping';
  my $before = Duende::Page::read_other('.');
  # Left by a stop in an earlier boot: this is a start.
  return unlink 'stopping' if $before && $before->{boot_id} ne Duende::Claim::boot_id();
  sleep 2;
  POSIX::_exit(0) unless -e 'stopping';
  unlink 'stopping';
  exec $launchctl, 'bootout', $target;
  POSIX::_exit(0);
}

# `launchctl kill NAME` comes to this process. TERM is also what bootout and shutdown send: it asks for the stop signal of the spec.
sub pass_signals_on {
  for my $name (qw(HUP INT QUIT USR1 USR2)) {
    $SIG{$name} = sub { kill $name, $Duende::Page::page{main_pid} if $Duende::Page::page{main_pid} > 0 };
  }
  $SIG{TERM} = sub { $asked_by_launchd = $Duende::System::asked_to_stop = 1 };
  unblock();
}

sub unblock {
  my $passed = POSIX::SigSet->new(map { Duende::System::signal_number($_) } qw(HUP INT QUIT USR1 USR2));
  POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), $passed);
}

# Whether launchd will start the job again: what KeepAlive in the plist says.
sub comes_again {
  my ($state) = @_;
  return 0 if -e 'stopping';
  return 1 if $policy eq 'always' || $policy eq 'unless-stopped';
  return $policy eq 'on-failure' && $state == Duende::Page::FAILED;
}

# Ends as the daemon did: launchd's own account of it, and its KeepAlive, are then right.
sub leave {
  my ($state, $reason) = @_;
  my %page = %Duende::Page::page;
  POSIX::_exit(0)  if $state == Duende::Page::STOPPED;
  POSIX::_exit(78) if $reason == Duende::Page::SPAWN;
  my $value = $page{exit_value};
  if ($page{exit_kind} == Duende::Page::BY_SIGNAL) {
    Duende::System::block_every_signal();
    POSIX::sigaction($value, POSIX::SigAction->new('DEFAULT')) unless $value == POSIX::SIGKILL();
    kill $value, $$;
    POSIX::sigprocmask(POSIX::SIG_UNBLOCK(), POSIX::SigSet->new($value));
    Duende::System::sleep_ms(100);
    $value += 128;
  }
  POSIX::_exit($value || 1);
}

# Instead of the supervisor's own: publish the end, or that launchd goes on, and go.
sub finish {
  my ($state, $reason) = @_;
  my $now   = Duende::System::wall_ms();
  my %ended = (main_pid => 0, main_start => 0, finished_ms => $now, reason => $reason);
  if (comes_again($state)) {
    my $due = $Duende::Page::page{started_ms} + $throttle * 1000;
    %ended = (%ended, state => Duende::Page::STARTING, ready => 0, health => 0, stop_asked => 0,
      restart_at_ms => $due > $now ? $due : $now);
  } else {
    %ended = (%ended, state => $state, restart_at_ms => 0);
  }
  Duende::Page::update(%ended);
  my $until = Duende::System::now_ms() + 30000;
  while (Duende::Life::is_behind() && Duende::System::now_ms() < $until && -e 'state') {
    Duende::System::sleep_ms(200);
    Duende::Life::catch_up();
  }
  unlink 'control', 'notify';
  leave($state, $reason);
}

no warnings qw(redefine once);
*Duende::Life::finish = \&finish;
my $block_signals = \&Duende::System::block_signals;
*Duende::System::block_signals = sub { $block_signals->(); unblock() };

1;
