# The control socket: one command a line, one answer a line. Signals go through here, since the parent alone can be sure that a
# pid is still its child's. A client names the id that it means, so that a later daemon of the same name is not hit.
package Duende::Control;
use strict;
use warnings;
use Fcntl qw(F_SETFL O_NONBLOCK);
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);

our $socket;
my @clients;              # { file, line }, the oldest first
my $most_clients = 16;
my $longest_line = 127;

sub open_socket {
  return if $socket;
  # Relative to the working directory: a long state folder does not matter.
  socket $socket, AF_UNIX, SOCK_STREAM, 0
    and bind $socket, pack_sockaddr_un('control')
    and listen $socket, 64
    and fcntl $socket, F_SETFL, O_NONBLOCK
    or Duende::Handshake::fail_spawn('control', $! + 0);
}

sub descriptors { return map { fileno $_->{file} } @clients }

sub accept_client {
  accept my $file, $socket or return;
  fcntl $file, F_SETFL, O_NONBLOCK;
  # The oldest one makes room: clients ask one question and go.
  shift @clients if @clients == $most_clients;
  push @clients, { file => $file, line => '' };
}

sub drop {
  my ($client) = @_;
  @clients = grep { $_ != $client } @clients;
}

sub obey {
  my ($command, $id, $value) = split / +/, $_[0];
  return 'error not-found' unless defined $id && $id eq $Duende::Page::page{id};
  if ($command eq 'signal' && defined $value) {
    my $number = Duende::System::signal_number($value) or return 'error unknown-signal';
    return 'ok' if Duende::Life::send_main($number);
    return $!{EPERM} ? 'error permission-denied' : 'error not-running';
  }
  if ($command eq 'stop' && defined $value && $value =~ /^-?\d+$/) {
    Duende::Life::begin_stop($value);
    return 'ok';
  }
  return $command eq 'ping' ? 'ok' : 'error unknown-command';
}

sub serve_client {
  my ($client) = @_;
  my $got = sysread $client->{file}, $client->{line}, 4096, length $client->{line};
  return if !defined $got && ($!{EAGAIN} || $!{EINTR});
  return drop($client) unless $got;
  while ($client->{line} =~ s/^([^\n]*)\n//) {
    my $answer = obey($1);
    return drop($client) unless Duende::System::write_all($client->{file}, "$answer\n");
  }
  drop($client) if length $client->{line} > $longest_line;
}

sub serve_ready {
  my ($ready) = @_;
  for my $client (@clients) { serve_client($client) if $ready->{ fileno $client->{file} } }
}

1;
