# Everything that the daemon started. On Linux this process is a subreaper (prctl(2)), so that orphans become its children and
# none, double-forked or in a session of its own, leaves the tree. Elsewhere the tree is what descends from this process or from
# one that was seen to, the daemon's session and process group, and what has its id in the environment: only what has left all
# of these before it was seen escapes.
package Duende::Tree;
use strict;
use warnings;
use POSIX ();

my $subreaper = 0;
my $leader    = 0;     # of the daemon's session and process group
my %seen;              # pid => start time

sub begin {
  $subreaper = Duende::System::call('prctl', 36, 1, 0, 0, 0) == 0;    # PR_SET_CHILD_SUBREAPER
}

sub set_leader { ($leader, %seen) = ($_[0]) }

sub is_rooted {
  my ($process, $marked) = @_;
  return 1 if $process->{parent} == $$;
  return 0 if $subreaper;
  return 1 if $leader && ($process->{group} == $leader || $process->{session} == $leader || $process->{pid} == $leader);
  return 1 if $marked->{ $process->{pid} };
  return ($seen{ $process->{pid} } || 0) == $process->{start} && $process->{start} != 0;
}

# The processes of the tree, each once, parents before children.
sub members {
  my (%children, @found, %marked);
  $marked{$_} = 1 for $subreaper ? () : Duende::Processes::with_variable("DUENDE_ID=$Duende::Settings::text{id}");
  for my $process (Duende::Processes::table()) {
    next if $process->{pid} == $$ || $process->{pid} <= 1;
    if (is_rooted($process, \%marked)) { push @found, $process }
    else { push @{ $children{ $process->{parent} } }, $process }
  }
  for (my $at = 0 ; $at < @found ; $at++) { push @found, @{ delete $children{ $found[$at]{pid} } || [] } }
  return @found;
}

# Before a stop: children of the daemon's own process can still be told from others, which they cannot be once it has ended.
sub remember {
  return if $subreaper;
  $seen{ $_->{pid} } = $_->{start} for members();
}

# Signals each member once; how many there were.
sub signal_members {
  my ($signal) = @_;
  my @members = members();
  unless ($subreaper) { $seen{ $_->{pid} } = $_->{start} for @members }
  return scalar grep { kill $signal, $_->{pid} } @members;
}

# Twice, for what was forked while the first round went on.
sub signal_all {
  my ($signal) = @_;
  signal_members($signal) if signal_members($signal) > 1;
}

# Kills and reaps until none is left. Stopping them all first keeps a fork bomb from outrunning the kills.
sub kill_all {
  for my $round (0 .. 399) {
    my $pid;
    1 while ($pid = waitpid -1, POSIX::WNOHANG()) > 0;
    last if $pid < 0 && $subreaper;
    if ($round > 0) { signal_members(POSIX::SIGSTOP()) for 1 .. 2 }
    my $sent = signal_members(POSIX::SIGKILL());
    last if $sent == 0 && !$subreaper;
    Duende::System::sleep_ms($round < 20 ? 0.5 : 5) if $sent == 0 || $round > 2;
  }
  set_leader(0);
}

1;
