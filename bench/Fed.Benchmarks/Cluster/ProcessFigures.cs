using System.Globalization;

namespace Fed.Benchmarks.Cluster;

/// <summary>What Linux says of a process (proc(5)).</summary>
/// <param name="CpuSeconds">Processor time, all threads.</param>
/// <param name="ResidentMegabytes">Resident now.</param>
/// <param name="PeakMegabytes">The most since it began, or since <see cref="ResetPeak"/>.</param>
internal sealed record ProcessFigures(double CpuSeconds, double ResidentMegabytes, double PeakMegabytes)
{
    private const double TicksPerSecond = 100;   // USER_HZ, on all architectures that .NET runs on

    public static ProcessFigures Of(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');   // from field 3 on
        double cpu = (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        Dictionary<string, double> memory = File.ReadLines($"/proc/{id}/status").Where(static line => line.EndsWith(" kB", StringComparison.Ordinal))
            .Select(static line => line.Split(':')).ToDictionary(static pair => pair[0], static pair => double.Parse(pair[1].Trim()[..^3], CultureInfo.InvariantCulture) / 1000);
        return new ProcessFigures(cpu, memory.GetValueOrDefault("VmRSS"), memory.GetValueOrDefault("VmHWM"));
    }

    /// <summary>Of a process and its children, as PostgreSQL has one for each connection: their processor time, those included that have ended; memory of the parent alone.</summary>
    public static ProcessFigures OfFamily(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double ended = (long.Parse(fields[13], CultureInfo.InvariantCulture) + long.Parse(fields[14], CultureInfo.InvariantCulture)) / TicksPerSecond;
        ProcessFigures own = Of(id);
        double children = File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Sum(static child => Of(int.Parse(child, CultureInfo.InvariantCulture)).CpuSeconds);
        return own with { CpuSeconds = own.CpuSeconds + ended + children };
    }

    /// <summary>Lets the peak begin anew.</summary>
    public static void ResetPeak(int id) => File.WriteAllText($"/proc/{id}/clear_refs", "5");
}
