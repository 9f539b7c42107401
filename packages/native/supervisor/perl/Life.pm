# The life of one daemon: start, watch, restart, stop.
package Duende::Life;
use strict;
use warnings;
use POSIX ();

use constant { NEVER => 0, ON_FAILURE => 1, ALWAYS => 2, UNLESS_STOPPED => 3 };

*page = \%Duende::Page::page;
*set  = \%Duende::Settings::set;
our (%page, %set);
# Monotonic milliseconds, 0 for never.
my ($run_begin, $restart_at, $kill_at, $ready_by, $window_begin, $retry_at) = (0, 0, 0, 0, 0, 0);
my ($attempt, $window_count) = (0, 0);
my ($unhealthy_kill, $timed_out, $stopped_by_signal) = (0, 0, 0);

sub now       { return Duende::System::now_ms() }
sub run_begin { return $run_begin }
sub update    { Duende::Page::update(@_) }
sub is_behind { return Duende::Logs::is_blocked() || Duende::Page::is_behind() }

# The end: publish it, then write what a full disk has kept back for as long as that may help, then go.
sub finish {
  my ($state, $reason) = @_;
  $restart_at = 0;
  update(state => $state, reason => $reason, main_pid => 0, main_start => 0, restart_at_ms => 0,
    finished_ms => Duende::System::wall_ms());
  Duende::Handshake::await_client() if $Duende::Handshake::client;
  for (my $until = now() + 30000 ; is_behind() && now() < $until && -e 'state' ; catch_up()) {
    Duende::System::sleep_ms(200);
  }
  unlink 'control', 'notify';
  POSIX::_exit(0);
}

sub catch_up {
  Duende::Page::publish() if Duende::Page::is_behind();
  Duende::Logs::drain();
}

sub backoff {
  my $delay = $set{restart_delay};
  for (my $i = 0 ; $i < $attempt && $delay < $set{restart_max_delay} ; $i++) { $delay *= $set{restart_factor_milli} / 1000 }
  return int($delay > $set{restart_max_delay} ? $set{restart_max_delay} : $delay);
}

# The restart policy, after a run has ended or could not begin. Comes back only when there is another run.
sub next_run {
  my ($failure, $reason) = @_;
  my $wanted = $set{restart_policy} >= ALWAYS || ($set{restart_policy} == ON_FAILURE && $failure);
  if ($page{stop_asked} || !$wanted) {
    finish($failure ? (Duende::Page::FAILED, $reason) : (Duende::Page::STOPPED, Duende::Page::NONE));
  }
  my $now = now();
  $attempt = 0 if $now - $run_begin >= $set{restart_window};
  ($window_begin, $window_count) = ($now, 0) if $window_count == 0 || $now - $window_begin >= $set{restart_window};
  finish(Duende::Page::FAILED, Duende::Page::RESTART_LIMIT) if $set{restart_max} > 0 && $window_count >= $set{restart_max};
  $window_count++;
  my $delay = backoff();
  $attempt++;
  $restart_at = $now + $delay;
  update(state => Duende::Page::STARTING, main_pid => 0, main_start => 0, ready => 0, health => 0,
    restart_at_ms => Duende::System::wall_ms() + $delay);
}

sub became_ready {
  return if $page{ready} || $page{main_pid} <= 0;
  my $state = $page{state};
  $state = $stopped_by_signal ? Duende::Page::PAUSED : Duende::Page::RUNNING if $state == Duende::Page::STARTING;
  $ready_by = 0;
  update(ready => 1, state => $state);
  Duende::Handshake::report_started() if $Duende::Handshake::client;
}

sub start_run {
  $unhealthy_kill = $timed_out = $stopped_by_signal = 0;
  $kill_at = $restart_at = 0;
  $run_begin = now();
  update(state => Duende::Page::STARTING, started_ms => Duende::System::wall_ms(), restart_at_ms => 0);
  my ($stage, $error) = Duende::Child::start_main();
  if (defined $stage) {
    Duende::Handshake::fail_spawn($stage, $error) if $Duende::Handshake::client;
    update(message => "could not be started: $stage: " . POSIX::strerror($error));
    return next_run(1, Duende::Page::SPAWN);
  }
  Duende::Health::reset_checks();
  return became_ready() unless $set{notify};
  $ready_by = now() + $set{start_timeout};
}

# A client that still waits to hear that the daemon is ready hears why it will not be.
sub tell_client {
  my ($by_signal, $value) = @_;
  return if !$Duende::Handshake::client || $page{ready};
  Duende::Handshake::fail_spawn('timeout', POSIX::ETIMEDOUT()) if $timed_out;
  Duende::Handshake::fail_spawn($by_signal ? 'exited-signal' : 'exited-code', $value);
}

sub main_ended {
  my ($status) = @_;
  Duende::Tree::kill_all();
  Duende::Health::reset_checks();
  Duende::Notify::read_pipe() if $Duende::Notify::pipe;
  Duende::Logs::drain();
  my $by_signal = POSIX::WIFSIGNALED($status);
  my $value     = $by_signal ? POSIX::WTERMSIG($status) : POSIX::WEXITSTATUS($status);
  my $clean = $by_signal ? $value == POSIX::SIGTERM() || $value == POSIX::SIGINT() : $value == 0;
  $clean ||= $page{stop_asked} && $by_signal && ($value == POSIX::SIGKILL() || $value == $set{stop_signal});
  my $reason =
      $timed_out      ? Duende::Page::START_TIMEOUT
    : $unhealthy_kill ? Duende::Page::WATCHDOG
    : $by_signal      ? Duende::Page::SIGNALED
    :                   Duende::Page::EXIT_CODE;
  tell_client($by_signal, $value);
  # Published together with what comes next: the next run, or the end.
  Duende::Page::note(
    last_exit_kind  => $page{exit_kind},
    last_exit_value => $page{exit_value},
    exit_kind       => $by_signal ? Duende::Page::BY_SIGNAL : Duende::Page::BY_CODE,
    exit_value      => $value,
    exit_core       => $by_signal && $status & 128 ? 1 : 0,
  );
  next_run(!$clean || $timed_out || $unhealthy_kill, $reason);
}

sub set_paused {
  my ($paused) = @_;
  $stopped_by_signal = $paused;
  my $state = $page{state};
  $state = $paused ? Duende::Page::PAUSED : Duende::Page::RUNNING
    if $state == Duende::Page::RUNNING || $state == Duende::Page::PAUSED;
  update(state => $state) if $state != $page{state};
}

# False with $! set. Stop and continue are for everything that the daemon started.
sub send_main {
  my ($signal) = @_;
  $! = POSIX::ESRCH();
  return 0 if $page{main_pid} <= 0;
  my $for_tree = $signal == POSIX::SIGSTOP() || $signal == POSIX::SIGCONT();
  return kill($signal, $page{main_pid}) == 1 unless $for_tree;
  Duende::Tree::signal_all($signal);
  set_paused($signal == POSIX::SIGSTOP() ? 1 : 0);
  return 1;
}

sub unhealthy {
  return if $unhealthy_kill || $page{state} == Duende::Page::STOPPING;
  $unhealthy_kill = 1;
  $kill_at = now() + $set{stop_timeout};
  Duende::Tree::remember();
  send_main($set{stop_signal});
  send_main(POSIX::SIGCONT());
}

sub begin_stop {
  my ($timeout) = @_;
  my $again = $page{stop_asked};
  my $end   = now() + ($timeout < 0 ? $set{stop_timeout} : $timeout);
  $page{stop_asked} = 1;
  # Between two runs: nothing is there to be signalled, and the last exit stays what is known.
  finish(Duende::Page::STOPPED, Duende::Page::NONE) if $page{main_pid} <= 0;
  $kill_at = $end unless $again && $kill_at && $kill_at < $end;
  update(state => Duende::Page::STOPPING);
  return if $again;
  Duende::Tree::remember();
  my $was_paused = $stopped_by_signal;
  send_main($set{stop_signal});
  send_main(POSIX::SIGCONT()) if $was_paused;    # a stopped process cannot handle its stop signal
}

sub reap {
  $Duende::System::child_changed = 0;
  my $ended;
  while (my ($pid, $status) = Duende::System::changed_child()) {
    my $is_main   = $pid == $page{main_pid};
    my $continued = $status == 0xffff;
    my $stopped   = ($status & 0xff) == 0x7f;
    if ($stopped || $continued) { set_paused($stopped ? 1 : 0) if $is_main }
    elsif ($is_main) { $ended = $status }
    else { Duende::Health::reaped($pid, $status) }
  }
  main_ended($ended) if defined $ended;
}

sub timers {
  my $now = now();
  if ($restart_at && $now >= $restart_at && $page{main_pid} <= 0) {
    $page{restarts}++;
    start_run();
  }
  if ($ready_by && $now >= $ready_by) {
    ($ready_by, $timed_out) = (0, 1);
    Duende::Tree::signal_all(POSIX::SIGKILL());
  }
  if ($kill_at && $now >= $kill_at) {
    $kill_at = $now + 1000;
    Duende::Tree::signal_all(POSIX::SIGKILL());
  }
  if (is_behind() && $now >= $retry_at) {
    $retry_at = $now + 200;
    catch_up();
  }
  Duende::Health::tick();
}

sub timeout {
  my $now = now();
  my @ends = sort { $a <=> $b }
    grep { $_ > 0 } $restart_at, $ready_by, $kill_at, (is_behind() ? $retry_at || 1 : 0), Duende::Health::next_time();
  return -1 unless @ends;
  my $left = $ends[0] - $now;
  return $left < 0 ? 0 : $left > 60000 ? 60000 : $left;
}

sub wanted {
  my @files = ($Duende::Control::socket, $Duende::Notify::socket, $Duende::Notify::pipe, $Duende::Handshake::client);
  push @files, @Duende::Logs::read unless Duende::Logs::is_blocked();
  my @wanted = map { [fileno $_, 'r'] } grep { defined } @files;
  push @wanted, map { [$_, 'r'] } Duende::Control::descriptors();
  push @wanted, Duende::Health::wanted();
  return \@wanted;
}

sub turn {
  my %ready = Duende::System::wait_for(wanted(), timeout());
  my $is = sub { $_[0] && $ready{ fileno $_[0] } };
  for my $stream (0, 1) { Duende::Logs::pump($stream) if $is->($Duende::Logs::read[$stream]) }
  Duende::Notify::read_socket() if $is->($Duende::Notify::socket);
  Duende::Notify::read_pipe()   if $is->($Duende::Notify::pipe);
  Duende::Handshake::await_client() if $is->($Duende::Handshake::client);
  Duende::Control::serve_ready(\%ready);
  Duende::Control::accept_client() if $is->($Duende::Control::socket);
  Duende::Health::serve(\%ready);
  if ($Duende::System::asked_to_stop) {
    $Duende::System::asked_to_stop = 0;
    begin_stop(-1);
  }
  reap();
  timers();
}

sub supervise {
  update(supervisor_pid => $$, supervisor_start => Duende::Processes::start_time($$));
  start_run();
  while (1) {
    next if eval { turn(); 1 };
    # A fault in here must not leave the daemon alone: it is told in the status, and the next turn goes on.
    my $fault = $@;
    Duende::Handshake::fail_spawn('supervisor', POSIX::EPROTO()) if $Duende::Handshake::client;
    update(message => "supervisor: $fault");
    Duende::System::sleep_ms(100);
  }
}

1;
