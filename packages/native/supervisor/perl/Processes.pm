# What the kernel says of processes: proc(5), or ps(1) where there is no /proc. src/process-info.ts computes the same.
package Duende::Processes;
use strict;
use warnings;

my %quiet = (LC_ALL => 'C', TZ => 'UTC', PATH => '/bin:/usr/bin');
my %months;
@months{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 1 .. 12;

# For tests: ps(1) though there is a /proc.
my $ps_only = 0;
sub use_ps   { $ps_only = 1 }
sub has_proc { return !$ps_only && -r '/proc/self/stat' }

# The lines of a program's output; its own process is not to be found among them.
sub output_of {
  my @command = @_;
  local %ENV = %quiet;
  my $pid = open(my $pipe, '-|', @command) or return (0);
  my @lines = <$pipe>;
  local ($!, $?);
  close $pipe;
  return ($pid, @lines);
}

# Days from 1970-01-01 on, of the Gregorian calendar.
sub days {
  my ($year, $month, $day) = @_;
  if ($month <= 2) { $year--; $month += 12 }
  return 365 * $year + int($year / 4) - int($year / 100) + int($year / 400) + int((153 * ($month - 3) + 2) / 5) + $day - 719469;
}

# `Tue Sep 30 12:34:56 2025`, in UTC, as Unix seconds. 0 when it is something else.
sub parse_lstart {
  my ($month, $day, $hour, $minute, $second, $year) =
    $_[0] =~ /\w+\s+(\w{3})\s+(\d+)\s+(\d+):(\d+):(\d+)\s+(\d{4})/
    or return 0;
  return 0 unless $months{$month};
  return days($year, $months{$month}, $day) * 86400 + $hour * 3600 + $minute * 60 + $second;
}

sub from_proc {
  my ($text) = @_;
  # The name in parentheses may hold spaces and parentheses itself: count from the last one.
  my ($pid, $rest) = $text =~ /^(\d+) .*\) (.*)/s or return;
  my ($state, $parent, $group, $session, @more) = split ' ', $rest;
  return { pid => $pid, parent => $parent, group => $group, session => $session, ended => $state =~ /[ZX]/ ? 1 : 0,
    start => $more[15] };
}

sub from_ps {
  my ($line) = @_;
  my ($pid, $parent, $group, $session, $state, $start) = $line =~ /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(.*)/
    or return;
  # macOS prints an address or 0 for a session.
  $session = 0 unless $session =~ /^\d+$/;
  return { pid => $pid, parent => $parent, group => $group, session => $session, ended => $state =~ /^Z/ ? 1 : 0,
    start => parse_lstart($start) };
}

# Kernel start time: clock ticks since boot (field 22 of stat), else Unix seconds. 0 when it has ended.
sub start_time {
  my ($pid) = @_;
  my $found;
  if ($Duende::System::linux) {
    my $text = Duende::System::read_text("/proc/$pid/stat");
    $found = $text && from_proc($text);
  } else {
    my (undef, $line) = output_of('ps', '-o', 'pid=,ppid=,pgid=,sess=,stat=,lstart=', '-p', $pid);
    $found = $line && from_ps($line);
  }
  return $found && !$found->{ended} ? $found->{start} : 0;
}

sub same_process {
  my ($pid, $start) = @_;
  return $pid > 0 && $start != 0 && start_time($pid) == $start;
}

# Every process that has not ended, but for those that look.
sub table {
  if (!has_proc()) {
    my ($own, @lines) = output_of('ps', '-axo', 'pid=,ppid=,pgid=,sess=,stat=,lstart=');
    return grep { $_ && !$_->{ended} && $_->{pid} != $own } map { from_ps($_) } @lines;
  }
  opendir my $folder, '/proc' or return;
  my @pids = grep { /^\d+$/ } readdir $folder;
  closedir $folder;
  return grep { $_ && !$_->{ended} }
    map { my $text = Duende::System::read_text("/proc/$_/stat"); $text ? from_proc($text) : () } @pids;
}

# The processes that were started with a variable, as far as that can be seen: only of the same user's, and on macOS not of
# Apple's own programs.
sub with_variable {
  my ($variable) = @_;
  if (has_proc()) {
    opendir my $folder, '/proc' or return;
    return grep { my $text = /^\d+$/ && Duende::System::read_text("/proc/$_/environ", 65536); $text && "\0$text" =~ /\0\Q$variable\E\0/ }
      readdir $folder;
  }
  my @options = $Duende::System::linux ? ('axeww') : ('-axEww');
  my ($own, @lines) = output_of('ps', @options, '-o', 'pid=,command=');
  return grep { $_ != $own } map { /^\s*(\d+) .* \Q$variable\E(?: |$)/ ? $1 : () } @lines;
}

1;
