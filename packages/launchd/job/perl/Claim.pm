# The daemon's folder is made by the client. This writes the page into it: a new one, or the one that the runs before left.
package Duende::Claim;
use strict;
use warnings;

sub roll_back    { }
sub commit_claim { }

# A new one each boot; the configuration of an installed job was written in an earlier one.
sub boot_id {
  my $text = Duende::System::read_text('/proc/sys/kernel/random/boot_id');
  unless (defined $text) { (undef, $text) = Duende::Processes::output_of('/usr/sbin/sysctl', '-n', 'kern.bootsessionuuid') }
  $text = '' unless defined $text;
  $text =~ s/\s+\z//;
  return $text;
}

# Made elsewhere and moved: nobody is to see half a page.
sub create_page {
  my (%values) = @_;
  mkdir '.new', 0700;
  chdir '.new'
    and Duende::Page::create($Duende::Settings::text{spec}, %values)
    and chdir '..'
    and rename('.new/state', 'state')
    or Duende::Handshake::fail_spawn('state-folder', $! + 0);
  rmdir '.new';
}

# The process of the run before was killed, and with it nothing of the daemon, which has a session of its own.
sub end_orphan {
  my ($before) = @_;
  return unless Duende::Processes::same_process($before->{main_pid}, $before->{main_start});
  Duende::Tree::set_leader($before->{main_pid});
  Duende::Tree::kill_all();
}

sub write_state {
  my %text   = %Duende::Settings::text;
  my $boot   = boot_id();
  my $before = Duende::Page::read_other('.');
  my %values = (id => $text{id}, name => $text{name}, boot_id => $boot, supervisor_pid => $$,
    supervisor_start => Duende::Processes::start_time($$));
  unlink 'control', 'notify';
  if ($before && $before->{id} eq $text{id}) {
    my @kept = qw(first_pid exit_kind exit_value exit_core last_exit_kind last_exit_value);
    @values{@kept} = @{$before}{@kept};
    # What somebody has started again after its end counts anew, as after a boot.
    my $goes_on = $before->{boot_id} eq $boot && $before->{state} < Duende::Page::STOPPED;
    end_orphan($before) if $goes_on;
    $values{restarts} = $goes_on ? $before->{restarts} + 1 : 0;
    $values{state}    = Duende::Page::STARTING;
    Duende::Handshake::close_client() if $goes_on;
  }
  create_page(%values);
  delete $Duende::Settings::text{spec};
}

1;
