using System.Globalization;

namespace Fed.Host.Trainers;

/// <summary>What Linux tells of the processes of a group.</summary>
internal static class ProcessGroup
{
    private const int GroupField = 2;      // of /proc/PID/stat, counted behind the name in brackets: state, parent, group ...
    private const int ResidentField = 21;

    /// <summary>Bytes of memory that the processes of a group hold together.</summary>
    public static long ResidentBytes(int group)
    {
        long pages = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
            if (char.IsAsciiDigit(Path.GetFileName(folder)[0]) && Stat(folder) is { } fields && fields.Length > ResidentField && fields[GroupField] == group.ToString(CultureInfo.InvariantCulture))
                pages += long.Parse(fields[ResidentField], CultureInfo.InvariantCulture);
        return pages * Environment.SystemPageSize;
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
