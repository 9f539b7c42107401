# Health checks, one at a time, without ever blocking the supervisor.
package Duende::Health;
use strict;
use warnings;
use Fcntl qw(F_SETFL O_NONBLOCK);
use POSIX ();
use Socket qw(AF_INET AF_INET6 SOCK_STREAM SOL_SOCKET SO_ERROR inet_pton pack_sockaddr_in pack_sockaddr_in6);

use constant { IDLE => 0, CONNECTING => 1, READING => 2, COMMAND => 3 };
use constant { NO_CHECK => 0, BY_COMMAND => 1, BY_HTTP => 2, BY_TCP => 3 };

*page = \%Duende::Page::page;
*set  = \%Duende::Settings::set;
our (%page, %set);
my ($phase, $socket, $command, $next_at, $deadline, $failures, $answer) = (IDLE, undef, 0, 0, 0, 0, '');

sub end_check {
  undef $socket;
  ($command, $phase) = (0, IDLE);
  $next_at = Duende::System::now_ms() + $set{health_interval};
}

sub kill_command { kill POSIX::SIGKILL(), -$command if $phase == COMMAND && $command > 0 }

sub reset_checks {
  kill_command();
  end_check();
  $failures = 0;
}

sub conclude {
  my ($healthy) = @_;
  end_check();
  if ($healthy) { $failures = 0 }
  elsif (Duende::System::now_ms() - Duende::Life::run_begin() >= $set{health_start_period}) { $failures++ }
  my $health = $healthy ? 1 : $failures >= $set{health_retries} ? 2 : $page{health};
  Duende::Page::update(health => $health) if $health != $page{health};
  Duende::Life::unhealthy() if $health == 2;
}

sub open_connection {
  my ($host, $port) = ($Duende::Settings::text{health_host}, $set{health_port});
  my ($family, $address);
  if (my $four = inet_pton(AF_INET, $host)) { ($family, $address) = (AF_INET, pack_sockaddr_in($port, $four)) }
  elsif (my $six = inet_pton(AF_INET6, $host)) { ($family, $address) = (AF_INET6, pack_sockaddr_in6($port, $six)) }
  else { return conclude(0) }
  $phase = CONNECTING;
  socket $socket, $family, SOCK_STREAM, 0 or return conclude(0);
  fcntl $socket, F_SETFL, O_NONBLOCK;
  conclude(0) unless connect($socket, $address) || $!{EINPROGRESS};
}

sub begin_check {
  $deadline = Duende::System::now_ms() + $set{health_timeout};
  $answer   = '';
  return open_connection() if $set{health_type} != BY_COMMAND;
  $command = Duende::Child::start_health_command();
  $phase   = COMMAND;
  if (!defined $command) {
    $command = 0;
    conclude(0);
  }
}

sub checking {
  return $set{health_type} != NO_CHECK && $page{state} == Duende::Page::RUNNING && $page{main_pid} > 0;
}

# When something is to be done next, -1 for never.
sub next_time {
  return $deadline if $phase != IDLE;
  return checking() ? $next_at : -1;
}

sub tick {
  my $now = Duende::System::now_ms();
  if ($phase == IDLE) {
    begin_check() if checking() && $now >= $next_at;
  } elsif ($now >= $deadline) {
    kill_command();
    conclude(0);
  }
}

sub wanted {
  return [fileno $socket, 'w'] if $phase == CONNECTING;
  return [fileno $socket, 'r'] if $phase == READING;
  return;
}

sub connected {
  return conclude(0) if unpack 'i', getsockopt $socket, SOL_SOCKET, SO_ERROR;
  return conclude(1) if $set{health_type} == BY_TCP;
  Duende::System::write_all($socket, $Duende::Settings::text{health_request}) or return conclude(0);
  $phase = READING;
}

# The socket has something: the end of the connect, or the status line, `HTTP/1.1 200 OK`.
sub serve {
  my ($ready) = @_;
  return unless $socket && $ready->{ fileno $socket };
  return connected() if $phase == CONNECTING;
  my $got = sysread $socket, $answer, 31 - length $answer, length $answer;
  return if !defined $got && ($!{EAGAIN} || $!{EINTR});
  return conclude($answer =~ m{^HTTP/1\.\S* [23]}) if $answer =~ / .../s;
  conclude(0) if !$got || length $answer >= 31;
}

sub reaped {
  my ($pid, $status) = @_;
  conclude($status == 0) if $phase == COMMAND && $pid == $command;
}

1;
