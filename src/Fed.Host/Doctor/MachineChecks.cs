using Fed.Host.Policy;
using Fed.Host.Trainers;

namespace Fed.Host.Doctor;

/// <summary>The machine that the node runs on: disk, clock, environment, and the site's policy.</summary>
internal static class MachineChecks
{
    private const long FreeLow = 1L << 30, FreeNone = 64L << 20;
    private static readonly string[] ProxyVariables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(30);

    /// <summary>The folder can be written, and has room.</summary>
    /// <param name="folder">The node's data folder, which need not be there yet.</param>
    /// <param name="freeBytes">Bytes that are free in a folder.</param>
    public static Check Disk(string folder, Func<string, long> freeBytes)
    {
        string present = Path.GetFullPath(folder);
        while (!Directory.Exists(present)) present = Path.GetDirectoryName(present)!;
        string probe = Path.Combine(present, $".fed-doctor-{Path.GetRandomFileName()}");
        try
        {
            using (FileStream file = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) file.Flush(flushToDisk: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Check.Failed("disk", $"'{present}' cannot be written: {failure.Message}", $"give the node's user the right to write in '{folder}', or name another node.data-dir");
        }

        long free = freeBytes(present);
        string finding = $"{free >> 20} MiB free in {folder}";
        if (free < FreeNone) return Check.Failed("disk", finding, "make room: a node without any stops at its next event");
        return free < FreeLow ? Check.Warning("disk", finding, "make room, or move node.data-dir to a larger disk") : Check.Ok("disk", finding);
    }

    /// <summary>Bytes free in a folder of this machine.</summary>
    public static long FreeBytes(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>This clock and that of the database agree. Safety does not depend on it; leases, deadlines and certificates do.</summary>
    public static Check Clock(DateTimeOffset here, DateTimeOffset there)
    {
        TimeSpan apart = (here - there).Duration();
        return apart <= Apart
            ? Check.Ok("clock", $"within {Math.Max(1, Math.Ceiling(apart.TotalSeconds)):0} s of the database's")
            : Check.Warning("clock", $"{apart.TotalSeconds:0} s apart from the database's", "run a time service (chrony, systemd-timesyncd) on both machines");
    }

    /// <summary>Whether a time service of systemd's kind has set this clock; for nodes that have no other clock to compare with.</summary>
    public static Check Clock(bool? isSynchronised) => isSynchronised switch
    {
        true => Check.Ok("clock", "set by a time service"),
        false => Check.Warning("clock", "no time service has set it", "run one (chrony, systemd-timesyncd): certificates count with 5 minutes of tolerance"),
        null => Check.Skipped("clock", "this system does not say whether a time service sets it"),
    };

    /// <summary>What the system says of its clock; null where it says nothing.</summary>
    public static bool? IsClockSynchronised()
    {
        if (!Directory.Exists("/run/systemd/timesync")) return null;
        return File.Exists("/run/systemd/timesync/synchronized");
    }

    /// <summary>The proxies that the configuration and the environment name.</summary>
    /// <param name="configured">Of <c>node.broker.proxy</c>; null for none.</param>
    /// <param name="proxy">Of the environment; null for none.</param>
    public static Check Proxy(string? configured, string? proxy)
    {
        if (configured is not null) return Check.Ok("proxy", $"the broker is reached by {configured}");
        return proxy is null
            ? Check.Ok("proxy", "none is set; nodes connect directly")
            : Check.Warning("proxy", $"{proxy} is set, and nodes do not use it", "if the broker is behind it, name it in node.broker.proxy; otherwise have the firewall let this machine connect out to the broker directly");
    }

    /// <summary>The proxy that the environment names; null for none.</summary>
    public static string? ProxyOf(Func<string, string?> environment) =>
        ProxyVariables.Select(environment).FirstOrDefault(static value => !string.IsNullOrWhiteSpace(value)) is { } proxy ? WithoutPassword(proxy) : null;

    /// <summary>The site's policy.</summary>
    /// <param name="file">Its file; null for a site without one.</param>
    public static Check Policy(string? file)
    {
        const string None = "no job passes";
        if (file is null) return Check.Warning("policy", $"the site has none: {None}", "write one and name it in node.policy (docs/operations.md has an example)");
        try
        {
            PolicyOptions policy = PolicyFile.Load(file);
            if (policy is { Allow: PolicyAllowance.Listed, Plans.IsEmpty: true }) return Check.Warning("policy", $"{file} lists no plan: {None}", "set policy.allow = rules, or list plans by their hashes");
            return Check.Ok("policy", $"{file}: {(policy.Allow == PolicyAllowance.Rules ? "plans that hold the rules" : $"{policy.Plans.Count} listed plans")}{(policy.Approval == ApprovalMode.Person ? ", after a person's word" : "")}");
        }
        catch (Exception damaged) when (damaged is UserException or IOException or UnauthorizedAccessException)
        {
            return Check.Failed("policy", damaged.Message, "correct it; until then jobs wait");
        }
    }

    /// <summary>A trainer that the node's configuration names.</summary>
    public static Check Trainer(TrainerOptions trainer)
    {
        string name = $"trainer {trainer.Id}", program = trainer.Command[0];
        try
        {
            TrainerFiles files = TrainerFiles.Read(trainer.Files);
            if (Path.IsPathRooted(program) ? !File.Exists(program) : !files.Names.Contains(program, StringComparer.Ordinal))
                return Check.Failed(name, $"the program '{program}' does not exist", "install it, or correct trainer.ID.command: the program absolute, or one of the files");
            return Check.Ok(name, $"plans that name it with sha256 = {files.Sha256} start {program}");
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return Check.Failed(name, missing.Message.TrimEnd('.'), "put the trainer's files there, or correct trainer.ID.files");
        }
    }

    private static string WithoutPassword(string proxy) => Uri.TryCreate(proxy, UriKind.Absolute, out Uri? uri) ? $"{uri.Scheme}://{uri.Authority}" : "a proxy";
}
