using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Fed.Host.Trainers;

/// <summary>What Linux tells of the processes of a group, and of those that have left it.</summary>
internal static class ProcessGroup
{
    private const int GroupField = 2;      // of /proc/PID/stat, counted behind the name in brackets: state, parent, group ...
    private const int ResidentField = 21;

    /// <summary>Bytes of memory that the processes of a group hold together.</summary>
    public static long ResidentBytes(int group)
    {
        long pages = 0;
        foreach (string folder in Processes())
            if (Stat(folder) is { } fields && fields.Length > ResidentField && fields[GroupField] == group.ToString(CultureInfo.InvariantCulture))
                pages += long.Parse(fields[ResidentField], CultureInfo.InvariantCulture);
        return pages * Environment.SystemPageSize;
    }

    /// <summary>Ids of the processes whose environment has a variable of this value: what a process starts inherits it, whatever group or session it moves to.</summary>
    public static ImmutableArray<int> Having(string variable, string value)
    {
        byte[] entry = Encoding.UTF8.GetBytes($"{variable}={value}\0");
        return [.. Processes().Where(folder => VariablesOf(folder).AsSpan().IndexOf(entry) >= 0).Select(static folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture))];
    }

    private static IEnumerable<string> Processes() => Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(Path.GetFileName(folder)[0]));

    private static byte[] VariablesOf(string folder)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];   // it ended while we looked, or is not ours
        }
    }

    private static string[]? Stat(string folder)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(folder, "stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return null;   // it ended while we looked
        }
    }
}
