using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Fed.Host.Configuration.Hocon;

/// <summary>From text to an unresolved tree, by HOCON's grammar (github.com/lightbend/config, HOCON.md).</summary>
internal sealed partial class HoconParser
{
    private readonly HoconScanner _scan;
    private readonly HoconFiles _files;
    private readonly List<string> _path;
    private readonly ImmutableArray<string> _includedAt;
    private int _depth;

    private HoconParser(HoconScanner scan, HoconFiles files, ImmutableArray<string> includedAt)
    {
        _scan = scan;
        _files = files;
        _includedAt = includedAt;
        _path = [.. includedAt];
        _depth = includedAt.Length;
    }

    /// <summary>Parses a file's text; the braces around the whole are optional.</summary>
    /// <param name="file">The name for messages and for relative includes.</param>
    /// <param name="text">Its content.</param>
    /// <param name="files">Reads what it includes.</param>
    /// <param name="includedAt">The keys under which it is included; empty for the main file.</param>
    /// <exception cref="HoconException">Not HOCON, or beyond <see cref="HoconLimits"/>.</exception>
    public static ObjectNode Parse(string file, string text, HoconFiles files, ImmutableArray<string> includedAt)
    {
        HoconScanner scan = new(file, text);
        HoconParser parser = new(scan, files, includedAt);
        scan.SkipToContent();
        if (scan.Current == '[') throw scan.Error("expected an object such as job { ... }, found a list");
        ObjectNode root = scan.Current == '{' ? parser.ParseObject() : parser.ParseMembers(new ObjectNode(scan.Here), closing: null);
        scan.SkipToContent();
        return scan.AtEnd ? root : throw scan.Error($"expected the end of the file, found {scan.Found}");
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$", RegexOptions.NonBacktracking)]
    private static partial Regex JsonNumber { get; }

    private ObjectNode ParseObject()
    {
        ObjectNode node = new(_scan.Here);
        _scan.Advance();
        Enter(1);
        ParseMembers(node, closing: '}');
        _depth--;
        _scan.Advance();
        return node;
    }

    private ObjectNode ParseMembers(ObjectNode target, char? closing)
    {
        while (true)
        {
            _scan.SkipToContent();
            if (_scan.AtEnd ? closing is null : _scan.Current == closing) return target;
            if (_scan.AtEnd) throw new HoconException(target.Origin, "this '{' has no closing '}'");
            if (AtInclude()) Include(target);
            else ParseMember(target);
            _scan.SkipToContent();
            _scan.TryTake(',');
        }
    }

    private void ParseMember(ObjectNode target)
    {
        HoconOrigin at = _scan.Here;
        ImmutableArray<string> keys = ParseKeys("a key");
        string shown = string.Join('.', keys);
        Enter(keys.Length);
        _path.AddRange(keys);
        bool appends = _scan.Current == '+';
        if (appends)
        {
            if (_scan.Peek(1) != '=') throw _scan.Error($"expected '=', '+=' or '{{' after the key '{shown}', found {_scan.Found}");
            _scan.Advance(2);
        }
        else if (_scan.Current is ':' or '=') _scan.Advance();
        else if (_scan.Current != '{') throw _scan.Error($"expected '=' or '{{' after the key '{shown}', found {_scan.Found}");
        _scan.SkipToContent();
        HoconNode value = ParseValue($"a value for '{shown}'");
        if (appends) value = new AppendNode(value);
        for (int i = keys.Length - 1; i > 0; i--)
        {
            ObjectNode around = new(at);
            around.Put(keys[i], value);
            value = around;
        }
        target.Put(keys[0], value);
        _path.RemoveRange(_path.Count - keys.Length, keys.Length);
        _depth -= keys.Length;
    }

    /// <summary>Reads <c>a.b."c d"</c> up to a reserved character or the end of the line, which stays.</summary>
    private ImmutableArray<string> ParseKeys(string expected)
    {
        ImmutableArray<string>.Builder keys = ImmutableArray.CreateBuilder<string>();
        StringBuilder key = new();
        bool any = false;
        while (true)
        {
            string blanks = _scan.TakeBlanks();
            bool ends = _scan.AtEnd || _scan.Current == '\n' || _scan.AtComment || (_scan.AtReserved && _scan.Current != '"');
            if (ends || _scan.Current == '.')
            {
                if (!any) throw _scan.Error($"expected {expected}, found {_scan.Found}");
                keys.Add(key.ToString());
                if (ends) return keys.ToImmutable();
                key.Clear();
                any = false;
                _scan.Advance();
                continue;
            }
            if (any) key.Append(blanks); // Blanks within a key are part of it, those at its ends are not.
            key.Append(_scan.Current == '"' ? _scan.TakeQuoted() : _scan.TakeUnquoted(stopAtDot: true));
            any = true;
        }
    }

    private HoconNode ParseValue(string expected)
    {
        HoconOrigin start = _scan.Here;
        List<HoconNode> parts = [];
        while (true)
        {
            HoconOrigin at = _scan.Here;
            string blanks = _scan.TakeBlanks();
            if (_scan.AtEnd || _scan.AtComment || _scan.Current is '\n' or ',' or '}' or ']') break;
            if (parts.Count > 0 && blanks.Length > 0) parts.Add(new ValueNode(new HoconScalar(at, blanks, HoconScalarKind.Text), isSpace: true));
            parts.Add(ParsePart());
        }
        return parts.Count switch
        {
            0 => throw _scan.Error($"expected {expected}, found {_scan.Found}"),
            1 => parts[0],
            _ => new ConcatenationNode(start, parts),
        };
    }

    private HoconNode ParsePart()
    {
        HoconOrigin at = _scan.Here;
        switch (_scan.Current)
        {
            case '{': return ParseObject();
            case '[': return ParseList();
            case '"': return new ValueNode(new HoconScalar(at, _scan.TakeQuoted(), HoconScalarKind.Text));
            case '$' when _scan.Peek(1) == '{': return ParseSubstitution();
        }
        string bare = _scan.TakeUnquoted(stopAtDot: false);
        if (bare.Length == 0) throw _scan.Error($"{_scan.Found} has a meaning of its own in HOCON; put the text in quotes");
        HoconScalarKind kind = bare switch
        {
            "null" => HoconScalarKind.Null,
            "true" or "false" => HoconScalarKind.Boolean,
            _ when JsonNumber.IsMatch(bare) => HoconScalarKind.Number,
            _ => HoconScalarKind.Text,
        };
        return new ValueNode(new HoconScalar(at, bare, kind));
    }

    private ListNode ParseList()
    {
        HoconOrigin at = _scan.Here;
        _scan.Advance();
        Enter(1);
        List<HoconNode> items = [];
        while (true)
        {
            _scan.SkipToContent();
            if (_scan.AtEnd) throw new HoconException(at, "this '[' has no closing ']'");
            if (_scan.TryTake(']')) break;
            items.Add(ParseValue("a list item"));
            _scan.SkipToContent();
            _scan.TryTake(',');
        }
        _depth--;
        return new ListNode(at, items);
    }

    private SubstitutionNode ParseSubstitution()
    {
        HoconOrigin at = _scan.Here;
        _scan.Advance(2);
        bool optional = _scan.TryTake('?');
        ImmutableArray<string> path = ParseKeys("the path of a value within ${...}");
        _scan.Expect('}', "at the end of a substitution");
        return new SubstitutionNode(at, path, optional, _includedAt);
    }

    private bool AtInclude()
    {
        if (!_scan.StartsWith("include") || _scan.Peek(7) is not (' ' or '\t' or '"')) return false;
        int next = 7;
        while (_scan.Peek(next) is ' ' or '\t') next++;
        return _scan.Peek(next) == '"' || IncludeForm(next) is not null;
    }

    private string? IncludeForm(int ahead)
    {
        foreach (string form in (ReadOnlySpan<string>)["required", "file", "url", "classpath"])
        {
            int i = 0;
            while (i < form.Length && _scan.Peek(ahead + i) == form[i]) i++;
            if (i == form.Length && _scan.Peek(ahead + i) == '(') return form;
        }
        return null;
    }

    private void Include(ObjectNode target)
    {
        _scan.Advance("include".Length);
        _scan.TakeBlanks();
        int open = 0;
        while (IncludeForm(0) is { } form)
        {
            if (form is "url" or "classpath") throw _scan.Error($"expected include \"file\", found include {form}(...): only files can be included");
            _scan.Advance(form.Length + 1);
            _scan.TakeBlanks();
            open++;
        }
        HoconOrigin at = _scan.Here;
        if (_scan.Current != '"') throw _scan.Error($"expected the name of a file in quotes, found {_scan.Found}");
        string name = _scan.TakeQuoted();
        for (; open > 0; open--)
        {
            _scan.TakeBlanks();
            _scan.Expect(')', "after the name of the included file");
        }
        target.PutAll(_files.Include(at, name, [.. _path]));
    }

    private void Enter(int levels)
    {
        _depth += levels;
        if (_depth > HoconLimits.DepthMax) throw _scan.Error($"expected at most {HoconLimits.DepthMax} levels of objects and lists");
    }
}
