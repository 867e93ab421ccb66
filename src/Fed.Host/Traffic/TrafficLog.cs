using System.Collections.Immutable;
using System.Globalization;

namespace Fed.Host.Traffic;

/// <summary>
/// Counted bytes in a job's folder: a line for each round, phase and site, with what was added since the line before. Lines of several processes add up, so a job that was carried on counts like one
/// that was not; a process that is killed loses what it counted since the last sum was sealed or round committed.
/// </summary>
internal sealed class TrafficLog(string jobDirectory)
{
    private const char Separator = '\t';

    private readonly string _path = Path.Combine(jobDirectory, "traffic.txt");
    private readonly Lock _gate = new();
    private ImmutableArray<TrafficCount> _pending = [];

    /// <summary>Adds what a meter has counted since the last call. A disk that does not take it is no reason to stop a round: the counts then come with the next note.</summary>
    public void Note(TrafficMeter meter)
    {
        lock (_gate)
        {
            _pending = [.. _pending, .. meter.Drain()];
            try
            {
                File.AppendAllLines(_path, _pending.Select(static count => string.Create(CultureInfo.InvariantCulture, $"{count.Round}{Separator}{count.Phase}{Separator}{count.Site}{Separator}{count.Up}{Separator}{count.Down}")));
                _pending = [];
            }
            catch (IOException)
            {
                // Kept for the next note.
            }
        }
    }

    /// <summary>Everything counted, one count for each round, phase and site; empty where nothing was. A last line that was cut off is left out.</summary>
    public ImmutableArray<TrafficCount> Read() => !File.Exists(_path) ? [] :
    [
        .. File.ReadLines(_path).Select(Parse).OfType<TrafficCount>().GroupBy(static count => (count.Round, count.Phase, count.Site))
            .Select(static group => new TrafficCount(group.Key.Round, group.Key.Phase, group.Key.Site, group.Sum(static count => count.Up), group.Sum(static count => count.Down))),
    ];

    private static TrafficCount? Parse(string line) =>
        line.Split(Separator) is [var round, var phase, var site, var up, var down]
        && int.TryParse(round, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && long.TryParse(up, NumberStyles.None, CultureInfo.InvariantCulture, out long sent)
        && long.TryParse(down, NumberStyles.None, CultureInfo.InvariantCulture, out long received)
            ? new TrafficCount(number, phase, site, sent, received)
            : null;
}
