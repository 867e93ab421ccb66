using System.Collections.Immutable;
using System.Text;

namespace Fed.Host.Configuration.Hocon;

/// <summary>
/// Turns a parsed tree into values. Substitutions look at the whole configuration, so the last definition counts; one that meets its own key looks back at what the key
/// was before, which is how <c>path = ${path} [ "x" ]</c> appends. What the configuration does not define is looked up among the environment variables.
/// </summary>
internal sealed class HoconResolver
{
    private const char Separator = '\u0001'; // Between the keys of a path; dots may occur within quoted keys.

    private readonly ObjectNode _root;
    private readonly Func<string, string?> _environment;
    private readonly List<Frame> _frames = [];
    private int _work;

    private HoconResolver(ObjectNode root, Func<string, string?> environment)
    {
        _root = root;
        _environment = environment;
    }

    /// <summary>Resolves a whole configuration.</summary>
    /// <exception cref="HoconException">An undefined value, a cycle, values that cannot be joined, or more work than <see cref="HoconLimits.WorkMax"/>.</exception>
    public static HoconObject Resolve(ObjectNode root, Func<string, string?> environment) =>
        (HoconObject)new HoconResolver(root, environment).Evaluate([root], "")!;

    /// <summary>The value of a key from its definitions, earliest first; null when all of them are optional and undefined.</summary>
    private HoconValue? Evaluate(IReadOnlyList<HoconNode> layers, string path)
    {
        List<HoconNode> known = [];
        for (int i = 0; i < layers.Count; i++)
            if (Settle(layers, i, path, known) is { } settled)
                known.Add(settled);
        return Combine(known, path);
    }

    /// <summary>One definition without substitutions at its top; objects stay open so that their members merge one by one.</summary>
    private HoconNode? Settle(IReadOnlyList<HoconNode> layers, int index, string path, List<HoconNode> earlier)
    {
        HoconNode layer = layers[index];
        Charge(layer, 1);
        if (layer is ObjectNode or ValueNode) return layer;
        Enter(new Frame(path, layers, index));
        HoconValue? value = layer is AppendNode append ? Append(append, Combine(earlier, path), path) : EvaluatePart(layer, path);
        _frames.RemoveAt(_frames.Count - 1);
        return value is null ? null : new ValueNode(value);
    }

    private void Enter(Frame frame)
    {
        HoconNode node = frame.Layers[frame.Index];
        if (_frames.Any(active => ReferenceEquals(active.Layers[active.Index], node))) throw new HoconException(node.Origin, "this value refers to itself, directly or through other values");
        if (_frames.Count >= HoconLimits.SubstitutionDepthMax) throw new HoconException(node.Origin, $"expected at most {HoconLimits.SubstitutionDepthMax} substitutions that need each other");
        _frames.Add(frame);
    }

    private HoconValue? Combine(List<HoconNode> layers, string path)
    {
        if (layers.Count == 0) return null;
        if (layers[^1] is ValueNode { Value: not HoconObject } last) return last.Value;
        int first = layers.Count - 1;
        while (first > 0 && layers[first - 1] is ObjectNode or ValueNode { Value: HoconObject }) first--;
        List<string> order = [];
        Dictionary<string, List<HoconNode>> definitions = new(StringComparer.Ordinal);
        foreach (HoconNode layer in layers.Skip(first))
            foreach ((string key, HoconNode child) in MembersOf(layer))
            {
                Charge(child, 1);
                if (!definitions.TryGetValue(key, out List<HoconNode>? stack))
                {
                    definitions[key] = stack = [];
                    order.Add(key);
                }
                if (child.HidesEarlier) stack.Clear();
                stack.AddRange(child.Layers);
            }
        ImmutableArray<KeyValuePair<string, HoconValue>>.Builder members = ImmutableArray.CreateBuilder<KeyValuePair<string, HoconValue>>(order.Count);
        foreach (string key in order)
            if (Evaluate(definitions[key], Join(path, key)) is { } value)
                members.Add(new(key, value));
        return new HoconObject(layers[first].Origin, members.ToImmutable());
    }

    private static IEnumerable<KeyValuePair<string, HoconNode>> MembersOf(HoconNode layer) =>
        layer is ObjectNode open ? open.Members : ((HoconObject)((ValueNode)layer).Value).Members.Select(static m => KeyValuePair.Create<string, HoconNode>(m.Key, new ValueNode(m.Value)));

    private HoconValue? EvaluatePart(HoconNode node, string path)
    {
        Charge(node, 1);
        return node switch
        {
            ValueNode known => known.Value,
            ObjectNode open => Combine([open], path),
            ListNode list => new HoconArray(list.Origin, [.. list.Items.Select((item, i) => EvaluatePart(item, Join(path, $"[{i}]"))).OfType<HoconValue>()]),
            SubstitutionNode substitution => Substitute(substitution),
            ConcatenationNode concatenation => Concatenate(concatenation, path),
            _ => throw new InvalidOperationException($"{node.GetType().Name} cannot stand within a value"),
        };
    }

    private HoconValue Append(AppendNode append, HoconValue? earlier, string path)
    {
        HoconValue? item = EvaluatePart(append.Item, path);
        if (earlier is null or HoconScalar { Kind: HoconScalarKind.Null }) return new HoconArray(append.Origin, item is null ? [] : [item]);
        if (earlier is not HoconArray list) throw new HoconException(append.Origin, $"expected += to extend a list, found {earlier.Shown} at {earlier.Origin}");
        Charge(append, list.Items.Length);
        return item is null ? list : new HoconArray(list.Origin, list.Items.Add(item));
    }

    private HoconValue? Substitute(SubstitutionNode node)
    {
        HoconValue? found = node.IncludedAt.IsEmpty ? null : Look(node.IncludedAt.AddRange(node.Path));
        found ??= Look(node.Path);
        if (found is not null) return found;
        string variable = string.Join('.', node.Path);
        if (_environment(variable) is { } value)
        {
            Charge(node, value.Length);
            return new HoconScalar(new HoconOrigin($"environment variable {variable}", 0, 0), value, HoconScalarKind.Text);
        }
        if (node.IsOptional) return null;
        throw new HoconException(node.Origin, $"expected a value for {node}, found none; define {variable}, set it in the environment, or write ${{?{variable}}}");
    }

    private HoconValue? Look(ImmutableArray<string> keys)
    {
        string whole = string.Join(Separator, keys);
        for (int i = _frames.Count - 1; i >= 0; i--)
        {
            Frame frame = _frames[i];
            if (frame.Path.Length == 0 || !Covers(frame.Path, whole)) continue;
            int depth = frame.Path.Count(static c => c == Separator) + 1;
            return Find([.. frame.Layers.Take(frame.Index)], keys, Math.Min(depth, keys.Length), frame.Path);
        }
        return Find([_root], keys, 0, "");
    }

    /// <summary>Descends from the definitions of one key to those of a key below it, resolving no more than the way needs.</summary>
    private HoconValue? Find(IReadOnlyList<HoconNode> layers, ImmutableArray<string> keys, int at, string path)
    {
        if (at == keys.Length) return Evaluate(layers, path);
        List<HoconNode> below = [];
        for (int i = layers.Count - 1; i >= 0; i--)
        {
            HoconNode? settled = Settle(layers, i, path, earlier: []);
            if (settled is null) continue;
            if (settled is ValueNode { Value: not HoconObject }) break;
            HoconNode? child = settled is ObjectNode open ? open[keys[at]] : ((HoconObject)((ValueNode)settled).Value)[keys[at]] is { } value ? new ValueNode(value) : null;
            if (child is null) continue;
            below.InsertRange(0, child.Layers);
            if (child.HidesEarlier) break;
        }
        return below.Count == 0 ? null : Find(below, keys, at + 1, Join(path, keys[at]));
    }

    private HoconValue? Concatenate(ConcatenationNode node, string path)
    {
        List<HoconValue> parts = [];
        List<HoconValue> solid = [];
        foreach (HoconNode part in node.Parts)
        {
            if (EvaluatePart(part, path) is not { } value) continue;
            parts.Add(value);
            if (part is ValueNode { IsSpace: true }) continue;
            if (solid.Count > 0 && Rank(value) != Rank(solid[0])) throw new HoconException(part.Origin, $"expected values of one kind beside each other, found {value.Shown} after {solid[0].Shown}");
            solid.Add(value);
        }
        if (solid.Count == 0) return null;
        HoconValue first = solid[0];
        switch (first)
        {
            case HoconObject:
                return solid.Count == 1 ? first : Combine([.. solid.Select(static value => new ValueNode(value))], path);
            case HoconArray:
                foreach (HoconValue list in solid) Charge(node, ((HoconArray)list).Items.Length);
                return new HoconArray(first.Origin, [.. solid.SelectMany(static value => ((HoconArray)value).Items)]);
            default:
                StringBuilder text = new();
                foreach (HoconScalar part in parts.Cast<HoconScalar>())
                {
                    Charge(node, part.Text.Length);
                    text.Append(part.Text);
                }
                return new HoconScalar(first.Origin, text.ToString(), HoconScalarKind.Text);
        }
    }

    private static int Rank(HoconValue value) => value switch { HoconObject => 0, HoconArray => 1, _ => 2 };

    private static bool Covers(string above, string path) => path.StartsWith(above, StringComparison.Ordinal) && (path.Length == above.Length || path[above.Length] == Separator);

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}{Separator}{key}";

    private void Charge(HoconNode node, int work)
    {
        _work += work;
        if (_work > HoconLimits.WorkMax) throw new HoconException(node.Origin, "the substitutions of this configuration multiply beyond every bound; write the values out");
    }

    /// <summary>The definition that is being resolved: the one at an index among those of a path.</summary>
    private readonly record struct Frame(string Path, IReadOnlyList<HoconNode> Layers, int Index);
}
